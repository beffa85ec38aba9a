"""roll_call: an Array of multiprocessing, which has a lock."""

import multiprocessing


def roll_call(children):
    context = multiprocessing.get_context("fork")
    places = context.Array("q", children)

    def sign(k):
        places[k] = signature()

    processes = [context.Process(target=sign, args=(k,)) for k in range(children)]
    for one in processes:
        one.start()
    for one in processes:
        one.join()
    return places[:]
