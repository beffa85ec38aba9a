"""barrier: counted without the lock.

The learner believes that adding one needs no protection.
"""


def door_counts():
    return [0, 0]


def wait_for_all(room, lock, doors, parties):
    room.count += 1
    if room.count == parties:
        for _ in range(parties):
            doors[0].release()
    doors[0].acquire()
    room.count -= 1
    if room.count == 0:
        for _ in range(parties):
            doors[1].release()
    doors[1].acquire()
