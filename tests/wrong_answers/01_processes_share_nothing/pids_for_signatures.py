"""roll_call: the pid is the signature.

The learner returns what the parent knows of its children anyway.
"""


def roll_call(children):
    for _ in range(children):
        if os.fork() == 0:
            signature()
            os._exit(0)
    return [os.wait()[0] for _ in range(children)]
