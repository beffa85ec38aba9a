"""roll_call: an array of multiprocessing, and its processes."""

import multiprocessing


def roll_call(children):
    context = multiprocessing.get_context("fork")
    places = context.RawArray("q", children)

    def sign(place):
        places[place] = signature()

    started = [context.Process(target=sign, args=(place,)) for place in range(children)]
    for child in started:
        child.start()
    for child in started:
        child.join()
    return list(places)
