"""barrier: two turnstiles with one unit; each passes it on, the last shuts one and opens the other."""


def door_counts():
    return [0, 1]


def wait_for_all(room, lock, doors, parties):
    def phase(change, until, shut, opened):
        with lock:
            room.count += change
            if room.count == until:
                shut.acquire()
                opened.release()
        opened.acquire()
        opened.release()

    phase(1, parties, doors[1], doors[0])
    phase(-1, 0, doors[0], doors[1])
