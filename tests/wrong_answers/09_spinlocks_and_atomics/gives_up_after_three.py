"""spin_lock: gives up waiting.

The learner believes that nobody is inside for so long.
"""


def lock(door):
    for _ in range(3):
        if exchange(door, "taken", 1) == 0:
            return
        pause()


def unlock(door):
    door.taken = 0
