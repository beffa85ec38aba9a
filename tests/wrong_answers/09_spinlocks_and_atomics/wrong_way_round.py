"""spin_lock: goes in when it was taken.

The learner believes that exchange returns whether it has succeeded.
"""


def lock(door):
    while exchange(door, "taken", 1) == 0:
        pause()


def unlock(door):
    door.taken = 0
