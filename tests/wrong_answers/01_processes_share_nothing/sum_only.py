"""ask_child: one number for two.

The learner takes the sum for the whole answer.
"""


def ask_child(numbers):
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.write(writing, str(work(numbers)[1]).encode())
        os._exit(0)
    total = int(os.read(reading, 100))
    os.wait()
    return total
