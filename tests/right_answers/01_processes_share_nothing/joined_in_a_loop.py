"""roll_call: looks every half second whether a child has ended."""

import multiprocessing


def sign(memory, place):
    memoryview(memory).cast("q")[place] = signature()


def roll_call(children):
    memory = mmap.mmap(-1, 8 * children)
    forks = multiprocessing.get_context("fork")
    processes = [forks.Process(target=sign, args=(memory, place)) for place in range(children)]
    for process in processes:
        process.start()
    for process in processes:
        while process.is_alive():
            process.join(timeout=0.5)
    return list(memoryview(memory).cast("q"))
