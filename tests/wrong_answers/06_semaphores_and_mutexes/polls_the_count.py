"""multiplex: looks again and again.

The learner uses the semaphore as a lock for the count, and looks until there is room.
"""


def gate_starts_at(places):
    return 1


def enter(room, gate, places):
    while True:
        with gate:
            if room.count < places:
                room.count += 1
                return


def leave(room, gate, places):
    with gate:
        room.count -= 1
