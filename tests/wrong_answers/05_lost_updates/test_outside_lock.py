"""reserve: tested outside the lock.

The learner believes that only the update needs the lock: reading hurts nobody.
"""


def reserve(hall, lock):
    if hall.free > 0:
        with lock:
            hall.free -= 1
        return True
    return False
