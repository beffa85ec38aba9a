"""ask_child: both came back.

The learner believes that the child ends with the block that is meant for it.
"""


def ask_child(numbers):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, json.dumps(work(numbers)).encode())
    else:
        answer = json.loads(os.read(reading, 1000))
        os.waitpid(child, 0)
        return answer
    return None
