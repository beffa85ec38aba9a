"""barrier: a door is never shut.

The learner has heard of turnstiles, where each lets the next one in.
"""


def door_counts():
    return [0, 0]


def wait_for_all(room, lock, doors, parties):
    with lock:
        room.count += 1
        if room.count == parties:
            doors[0].release()
    doors[0].acquire()
    doors[0].release()
    with lock:
        room.count -= 1
        if room.count == 0:
            doors[1].release()
    doors[1].acquire()
    doors[1].release()
