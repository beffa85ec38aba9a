"""spin_lock: the old value is thrown away.

The learner believes that exchange waits until it can.
"""


def lock(door):
    exchange(door, "taken", 1)


def unlock(door):
    door.taken = 0
