"""roll_call: a copy taken too early.

The learner takes the content out of the mapping, and believes that the copy follows it.
"""


def roll_call(children):
    memory = mmap.mmap(-1, 8 * children)
    pids = memoryview(memory).cast("q")
    before = list(pids)
    for place in range(children):
        if os.fork() == 0:
            pids[place] = os.getpid()
            os._exit(0)
    for _ in range(children):
        os.wait()
    return before
