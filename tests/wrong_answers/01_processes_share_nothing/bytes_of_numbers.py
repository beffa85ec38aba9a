"""ask_child: each number one byte.

The learner believes that bytes(…) writes numbers down.
"""


def ask_child(numbers):
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.close(reading)
        os.write(writing, bytes(work(numbers)))
        os._exit(0)
    os.close(writing)
    answer = os.read(reading, 100)
    os.wait()
    return tuple(answer)
