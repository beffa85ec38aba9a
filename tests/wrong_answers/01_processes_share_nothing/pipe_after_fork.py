"""ask_child: nobody writes.

The learner makes the pipe when there are two processes, and so each has one of its own.
"""


def ask_child(numbers):
    child = os.fork()
    reading, writing = os.pipe()
    if child == 0:
        os.write(writing, json.dumps(work(numbers)).encode())
        os._exit(0)
    answer = json.loads(os.read(reading, 100))
    os.wait()
    return answer
