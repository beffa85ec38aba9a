"""roll_call: a private mapping.

The learner believes that any mapping that is there before the fork is shared.
"""


def roll_call(children):
    memory = mmap.mmap(-1, 8 * children, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    pids = memoryview(memory).cast("q")
    for place in range(children):
        if os.fork() == 0:
            pids[place] = signature()
            os._exit(0)
    for _ in range(children):
        os.wait()
    return list(pids)
