"""roll_call: mapped after the fork.

The learner believes that two processes that map in the same way map the same memory.
"""


def roll_call(children):
    found = []
    for place in range(children):
        child = os.fork()
        memory = mmap.mmap(-1, 8 * children)
        pids = memoryview(memory).cast("q")
        if child == 0:
            pids[place] = signature()
            os._exit(0)
        os.wait()
        found.append(pids[place])
    return found
