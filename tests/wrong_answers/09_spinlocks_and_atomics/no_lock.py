"""spin_lock: nobody is kept out.

The learner believes that the sign alone keeps others out.
"""


def lock(door):
    door.taken = 1


def unlock(door):
    door.taken = 0
