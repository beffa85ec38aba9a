"""reserve: the lock is never taken.

The learner believes that a test and a subtraction next to each other are done at once.
"""


def reserve(hall, lock):
    if hall.free == 0:
        return False
    hall.free -= 1
    return True
