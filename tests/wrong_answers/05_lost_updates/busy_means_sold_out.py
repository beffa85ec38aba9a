"""reserve: a busy lock means sold out.

The learner does not want to wait, and believes that somebody who holds the lock has taken the seat.
"""


def reserve(hall, lock):
    if not lock.try_acquire():
        return False
    try:
        if hall.free == 0:
            return False
        hall.free -= 1
        return True
    finally:
        lock.release()
