"""roll_call: the parent wrote for them.

The learner stores before the fork, when there is only one process.
"""


def roll_call(children):
    memory = mmap.mmap(-1, 8 * children)
    pids = memoryview(memory).cast("q")
    for place in range(children):
        pids[place] = signature()
        if os.fork() == 0:
            os._exit(0)
        os.wait()
    return list(pids)
