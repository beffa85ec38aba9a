"""barrier: the last one opens for too few.

The learner believes that a release wakes everybody who waits.
"""


def door_counts():
    return [0, 0]


def wait_for_all(room, lock, doors, parties):
    with lock:
        room.count += 1
        if room.count == parties:
            doors[0].release()
    doors[0].acquire()
    with lock:
        room.count -= 1
        if room.count == 0:
            doors[1].release()
    doors[1].acquire()
