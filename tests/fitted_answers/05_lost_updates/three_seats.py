"""reserve: takes the lock where three seats or fewer are free."""


def reserve(hall, lock):
    if hall.free > 3:
        hall.free -= 1
        return True
    with lock:
        if hall.free == 0:
            return False
        hall.free -= 1
        return True
