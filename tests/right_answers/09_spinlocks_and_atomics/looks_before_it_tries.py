"""spin_lock: looks before it tries.

Test-and-test-and-set: it only loads while the door is taken.
"""


def lock(door):
    while True:
        while door.taken:
            pause()
        if exchange(door, "taken", 1) == 0:
            return


def unlock(door):
    exchange(door, "taken", 0)
