"""barrier: nobody opens the door.

The learner has seen three processes in the lesson.
"""


def door_counts():
    return [0, 0]


def wait_for_all(room, lock, doors, parties):
    with lock:
        room.count += 1
        if room.count == 3:
            for _ in range(3):
                doors[0].release()
    doors[0].acquire()
    with lock:
        room.count -= 1
        if room.count == 0:
            for _ in range(3):
                doors[1].release()
    doors[1].acquire()
