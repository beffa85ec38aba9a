"""multiplex: one leaves, and several get in.

The learner gives back as many units as there are places.
"""


def gate_starts_at(places):
    return places


def enter(room, gate, places):
    gate.acquire()


def leave(room, gate, places):
    for _ in range(places):
        gate.release()
