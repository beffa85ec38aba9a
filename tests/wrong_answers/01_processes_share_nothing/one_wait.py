"""roll_call: waited for too few.

The learner believes that `os.wait()` waits for all children.
"""


def roll_call(children):
    memory = mmap.mmap(-1, 8 * children)
    places = memoryview(memory).cast("q")
    for place in range(children):
        if os.fork() == 0:
            places[place] = signature()
            os._exit(0)
    os.wait()
    return list(places)
