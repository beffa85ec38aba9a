"""reserve: the lock is kept when sold out.

The learner releases the lock where the seat is taken, and forgets the other way out.
"""


def reserve(hall, lock):
    lock.acquire()
    if hall.free == 0:
        return False
    hall.free -= 1
    lock.release()
    return True
