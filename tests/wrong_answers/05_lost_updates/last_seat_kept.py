"""reserve: the last seat is kept back.

The learner believes that the last seat must stay, so that the number never falls below 0.
"""


def reserve(hall, lock):
    with lock:
        if hall.free > 1:
            hall.free -= 1
            return True
        return False
