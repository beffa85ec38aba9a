"""multiplex: given back on the way in.

The learner believes that a semaphore is always used by with.
"""


def gate_starts_at(places):
    return places


def enter(room, gate, places):
    with gate:
        room.count += 1


def leave(room, gate, places):
    with gate:
        room.count -= 1
