"""roll_call: never waited.

The learner believes that a fifth of a second is enough for any child.
"""

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
        process.join(timeout=0.2)
    return list(memoryview(memory).cast("q"))
