"""reserve: nobody buys.

The learner avoids every conflict by selling nothing.
"""


def reserve(hall, lock):
    with lock:
        return False
