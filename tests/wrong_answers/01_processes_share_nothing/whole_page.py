"""roll_call: the whole page.

The learner maps a page, and returns all places that there are in it.
"""


def roll_call(children):
    memory = mmap.mmap(-1, mmap.PAGESIZE)
    places = memoryview(memory).cast("q")
    for place in range(children):
        if os.fork() == 0:
            places[place] = signature()
            os._exit(0)
    for _ in range(children):
        os.wait()
    return list(places)
