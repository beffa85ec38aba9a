"""roll_call: knows one child."""


def roll_call(children):
    memory = mmap.mmap(-1, 8 * children)
    places = memoryview(memory).cast("q")
    if os.fork() == 0:
        places[0] = signature()
        os._exit(0)
    os.wait()
    return list(places)
