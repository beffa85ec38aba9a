"""roll_call: both came back.

The learner lets the children run on in the loop.
"""


def roll_call(children):
    memory = mmap.mmap(-1, 8 * children)
    pids = memoryview(memory).cast("q")
    for place in range(children):
        child = os.fork()
        if child == 0:
            pids[place] = signature()
            break
        os.waitpid(child, 0)
    return list(pids)
