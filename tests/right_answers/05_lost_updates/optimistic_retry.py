"""reserve: sold only if nothing has changed, else tried again."""


def reserve(hall, lock):
    while True:
        seen = hall.free
        if seen == 0:
            return False
        with lock:
            if hall.free == seen:
                hall.free = seen - 1
                return True
