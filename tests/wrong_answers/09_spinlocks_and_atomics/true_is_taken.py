"""spin_lock: True is taken for taken.

The learner reads the answer of compare_exchange as that of exchange.
"""


def lock(door):
    while compare_exchange(door, "taken", 0, 1):
        pause()


def unlock(door):
    door.taken = 0
