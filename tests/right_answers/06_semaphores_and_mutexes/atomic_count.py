"""barrier: the count is atomic, and there is no lock."""

from shmlab import fetch_add


def door_counts():
    return [0, 0]


def wait_for_all(room, lock, doors, parties):
    if fetch_add(room, "count", 1) == parties - 1:
        for _ in range(parties):
            doors[0].release()
    doors[0].acquire()

    if fetch_add(room, "count", -1) == 1:
        for _ in range(parties):
            doors[1].release()
    doors[1].acquire()
