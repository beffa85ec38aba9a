"""barrier: a door for each round.

The learner has tried two rounds, and has two doors.
"""


def door_counts():
    return [0, 0]


def wait_for_all(room, lock, doors, parties):
    with lock:
        number = room.count
        room.count = number + 1
    door = doors[number // parties]
    if number % parties == parties - 1:
        for _ in range(parties):
            door.release()
    door.acquire()
