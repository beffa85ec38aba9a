"""reserve: the lock is released between test and update.

The learner believes that it is enough when each access is protected.
"""


def reserve(hall, lock):
    with lock:
        seat_left = hall.free > 0
    if seat_left:
        with lock:
            hall.free -= 1
    return seat_left
