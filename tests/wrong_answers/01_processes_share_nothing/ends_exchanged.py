"""ask_child: the wrong end.

The learner takes the first end of a pipe for the one to write to.
"""


def ask_child(numbers):
    writing, reading = os.pipe()
    if os.fork() == 0:
        os.write(writing, json.dumps(work(numbers)).encode())
        os._exit(0)
    os.wait()
    return json.loads(os.read(reading, 100))
