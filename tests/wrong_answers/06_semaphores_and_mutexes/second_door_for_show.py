"""barrier: a second door for show.

The learner has read that there must be two doors, and opens and closes the second one by itself.
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
    doors[1].release()
    doors[1].acquire()
