"""reserve: a seat is sold when none is left.

An off-by-one in the test.
"""


def reserve(hall, lock):
    with lock:
        if hall.free >= 0:
            hall.free -= 1
            return True
        return False
