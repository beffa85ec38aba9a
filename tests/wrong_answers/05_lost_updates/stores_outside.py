"""reserve: stored after the lock was released.

The learner believes that the test is what needs the lock.
"""


def reserve(hall, lock):
    with lock:
        free = hall.free
        some = free > 0
    if some:
        hall.free = free - 1
    return some
