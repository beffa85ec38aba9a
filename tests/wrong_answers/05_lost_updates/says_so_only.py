"""reserve: no seat is taken.

The learner answers the question, and forgets to take the seat.
"""


def reserve(hall, lock):
    with lock:
        return hall.free > 0
