"""ask_child: two places of shared memory."""


def ask_child(numbers):
    with mmap.mmap(-1, 16) as memory, memoryview(memory) as view, view.cast("q") as places:
        if os.fork() == 0:
            places[0], places[1] = work(numbers)
            os._exit(0)
        os.wait()
        return tuple(places)
