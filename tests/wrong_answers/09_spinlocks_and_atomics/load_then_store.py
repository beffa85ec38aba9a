"""spin_lock: looked first, stored later.

The learner believes that a lock is a number that one looks at before one changes it.
"""


def lock(door):
    while door.taken:
        pause()
    door.taken = 1


def unlock(door):
    door.taken = 0
