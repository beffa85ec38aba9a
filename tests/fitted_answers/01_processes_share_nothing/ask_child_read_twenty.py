"""ask_child: numbers of few digits."""


def ask_child(numbers):
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.write(writing, json.dumps(work(numbers)).encode())
        os._exit(0)
    os.close(writing)
    answer = os.read(reading, 24)
    os.close(reading)
    os.wait()
    return json.loads(answer)
