"""spin_lock: another number than 1 for taken."""


def lock(door):
    while not compare_exchange(door, "taken", 0, 100):
        pause()


def unlock(door):
    door.taken = 0
