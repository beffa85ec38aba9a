"""ask_child: waited for by its pid first, the answer as plain text."""


def ask_child(numbers):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, " ".join(map(str, work(numbers))).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    answer = os.read(reading, 1000)
    os.close(reading)
    os.close(writing)
    return [int(number) for number in answer.split()]
