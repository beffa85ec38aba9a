"""reserve: the answer comes from an old look.

The learner protects the seat, and believes that an answer needs no protection.
"""


def reserve(hall, lock):
    before = hall.free
    with lock:
        if hall.free > 0:
            hall.free -= 1
    return before > 0
