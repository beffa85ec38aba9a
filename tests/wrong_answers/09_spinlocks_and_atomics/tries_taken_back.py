"""spin_lock: those who wait keep each other out.

The learner counts who wants to come in, and takes a try back that was not the first.
"""


def lock(door):
    while fetch_add(door, "taken", 1) != 0:
        fetch_add(door, "taken", -1)
        pause()


def unlock(door):
    fetch_add(door, "taken", -1)
