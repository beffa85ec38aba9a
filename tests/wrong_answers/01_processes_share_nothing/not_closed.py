"""ask_child: the writing end is still open.

The learner reads to the end of a pipe that the reader itself can still write to.
"""


def ask_child(numbers):
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.write(writing, json.dumps(work(numbers)).encode())
        os._exit(0)
    with open(reading) as pipe:
        answer = json.loads(pipe.read())
    os.wait()
    return answer
