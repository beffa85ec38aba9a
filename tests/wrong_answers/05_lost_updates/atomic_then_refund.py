"""reserve: taken first, given back later.

The learner believes that what is mended at once was never wrong.
"""

from shmlab import fetch_add


def reserve(hall, lock):
    if fetch_add(hall, "free", -1) > 0:
        return True
    fetch_add(hall, "free", 1)
    return False
