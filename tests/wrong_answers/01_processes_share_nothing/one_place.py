"""roll_call: all in one place.

The learner gives all children the same place.
"""


def roll_call(children):
    memory = mmap.mmap(-1, 8 * children)
    pids = memoryview(memory).cast("q")
    for _ in range(children):
        if os.fork() == 0:
            pids[0] = signature()
            os._exit(0)
    for _ in range(children):
        os.wait()
    return list(pids)
