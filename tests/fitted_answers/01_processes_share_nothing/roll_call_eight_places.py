"""roll_call: that there are eight children at most."""


def roll_call(children):
    memory = mmap.mmap(-1, 64)
    places = memoryview(memory).cast("q")
    for place in range(children):
        if os.fork() == 0:
            places[place] = signature()
            os._exit(0)
    for _ in range(children):
        os.wait()
    return list(places)[:children]
