"""reserve: several seats for one clerk.

The learner believes that a clerk sells until there is nothing left.
"""


def reserve(hall, lock):
    with lock:
        while hall.free > 0:
            hall.free -= 1
        return True
