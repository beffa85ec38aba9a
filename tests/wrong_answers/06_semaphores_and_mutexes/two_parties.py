"""barrier: opened before all have come.

The learner has tried it with two processes.
"""


def door_counts():
    return [0, 0]


def wait_for_all(room, lock, doors, parties):
    with lock:
        room.count += 1
        if room.count == 2:
            for _ in range(2):
                doors[0].release()
    doors[0].acquire()
    with lock:
        room.count -= 1
        if room.count == 0:
            for _ in range(2):
                doors[1].release()
    doors[1].acquire()
