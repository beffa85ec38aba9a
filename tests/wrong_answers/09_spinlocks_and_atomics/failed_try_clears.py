"""spin_lock: a failed try opens the door.

The learner believes that a try that failed has to be taken back.
"""


def lock(door):
    while exchange(door, "taken", 1) == 1:
        door.taken = 0
        pause()


def unlock(door):
    door.taken = 0
