"""roll_call: one fork for all.

The learner forks once, and lets the loop make children of the child.
"""


def roll_call(children):
    memory = mmap.mmap(-1, 8 * children)
    places = memoryview(memory).cast("q")
    child = os.fork()
    for place in range(children):
        if child == 0:
            places[place] = signature()
    if child == 0:
        os._exit(0)
    os.wait()
    return list(places)
