"""barrier: that there are six rounds at most."""


def door_counts():
    return [0, 0]


def wait_for_all(room, lock, doors, parties):
    with lock:
        door = doors[room.count // parties % 2]
        room.count += 1
        if room.count % parties == 0:
            for _ in range(parties):
                door.release()
        if room.count == 6 * parties:
            room.count = parties
    door.acquire()
