"""ask_child: text is no bytes.

The learner writes text into a pipe; the child fails, and its parent waits for ever.
"""


def ask_child(numbers):
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.write(writing, json.dumps(work(numbers)))
        os._exit(0)
    answer = json.loads(os.read(reading, 100))
    os.wait()
    return answer
