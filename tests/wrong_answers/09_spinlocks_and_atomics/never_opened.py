"""spin_lock: the door is never opened again.

The learner believes that a lock opens by itself when its owner goes on.
"""


def lock(door):
    while exchange(door, "taken", 1) == 1:
        pause()


def unlock(door):
    pass
