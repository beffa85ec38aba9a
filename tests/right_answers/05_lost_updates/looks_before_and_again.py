"""reserve: a look without the lock says sold out, which stays true; what counts is looked at again."""


def reserve(hall, lock):
    if hall.free < 1:
        return False
    lock.acquire()
    try:
        if hall.free < 1:
            return False
        hall.free -= 1
        return True
    finally:
        lock.release()
