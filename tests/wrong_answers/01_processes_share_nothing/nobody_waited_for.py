"""roll_call: never waited.

The learner believes that the children are done when the loop is.
"""


def roll_call(children):
    memory = mmap.mmap(-1, 8 * children)
    pids = memoryview(memory).cast("q")
    for place in range(children):
        if os.fork() == 0:
            pids[place] = signature()
            os._exit(0)
    return list(pids)
