"""barrier: one door.

The learner believes that a barrier that works once works again.
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
    doors[0].acquire()
