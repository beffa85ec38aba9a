"""spin_lock: looked, then took it without asking.

The learner believes that exchange makes what came before it safe, too.
"""


def lock(door):
    while door.taken:
        pause()
    exchange(door, "taken", 1)


def unlock(door):
    door.taken = 0
