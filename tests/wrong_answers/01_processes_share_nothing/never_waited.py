"""ask_child: never waited.

The learner believes that a child is gone when it has ended.
"""


def ask_child(numbers):
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.write(writing, json.dumps(work(numbers)).encode())
        os._exit(0)
    os.close(writing)
    with open(reading) as answer:
        return json.load(answer)
