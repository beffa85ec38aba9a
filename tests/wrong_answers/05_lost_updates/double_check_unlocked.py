"""reserve: tested twice outside the lock.

The learner has heard of double-checked locking, and has put both checks before the lock.
"""


def reserve(hall, lock):
    if hall.free > 0:
        if hall.free > 0:
            with lock:
                hall.free -= 1
            return True
    return False
