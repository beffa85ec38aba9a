"""barrier: both doors are open at once.

The learner believes that two doors are safe, whenever they open.
"""


def door_counts():
    return [0, 0]


def wait_for_all(room, lock, doors, parties):
    with lock:
        room.count += 1
        if room.count == parties:
            room.count = 0
            for _ in range(parties):
                doors[0].release()
                doors[1].release()
    doors[0].acquire()
    doors[1].acquire()
