"""ask_child: computed in the parent.

The learner computes before the fork, and lets the child only send.
"""


def ask_child(numbers):
    reading, writing = os.pipe()
    answer = work(numbers)
    if os.fork() == 0:
        os.write(writing, json.dumps(answer).encode())
        os._exit(0)
    os.wait()
    return json.loads(os.read(reading, 1000))
