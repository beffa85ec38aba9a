"""roll_call: a copy taken too early.

The learner reads when all children are there, and waits for them afterwards.
"""


def roll_call(children):
    memory = mmap.mmap(-1, 8 * children)
    places = memoryview(memory).cast("q")
    for place in range(children):
        if os.fork() == 0:
            places[place] = signature()
            os._exit(0)
    found = list(places)
    for _ in range(children):
        os.wait()
    return found
