"""reserve: says what it takes and gives, and asks whether it got that."""


def reserve(hall: Hall, lock: Mutex) -> bool:
    if not isinstance(hall, Hall):
        raise TypeError("a Hall, please")
    with lock:
        if hall.free > 0:
            hall.free -= 1
            return True
    return False
