"""reserve: taken, and turned away."""


def reserve(hall, lock):
    lock.acquire()
    if hall.free == 0:
        lock.release()
        return False
    hall.free -= 1
    sold = hall.free >= 1
    lock.release()
    return sold
