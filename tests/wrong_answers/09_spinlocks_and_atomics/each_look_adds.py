"""spin_lock: each look adds one more.

The learner believes that any atomic instruction will do.
"""


def lock(door):
    while fetch_add(door, "taken", 1) != 0:
        pause()


def unlock(door):
    door.taken = 0
