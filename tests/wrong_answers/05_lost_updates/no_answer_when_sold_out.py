"""reserve: neither True nor False.

The learner believes that a function that has nothing to say says False.
"""


def reserve(hall, lock):
    with lock:
        if hall.free > 0:
            hall.free -= 1
            return True
    return None
