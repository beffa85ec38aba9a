"""reserve: gives up too early.

The learner believes that two failed tries mean that there is nothing left.
"""


def reserve(hall, lock):
    for _ in range(2):
        seen = hall.free
        if seen == 0:
            return False
        with lock:
            if hall.free == seen:
                hall.free = seen - 1
                return True
    return False
