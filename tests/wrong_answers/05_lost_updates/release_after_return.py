"""reserve: the lock is never released.

The learner believes that the last line of a function is always done.
"""


def reserve(hall, lock):  # noqa: RET503
    lock.acquire()
    if hall.free > 0:
        hall.free -= 1
        return True
    return False
    lock.release()
