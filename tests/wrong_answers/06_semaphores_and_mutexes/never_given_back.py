"""multiplex: a place is never given back.

The learner believes that a unit comes back by itself when its process goes on.
"""


def gate_starts_at(places):
    return places


def enter(room, gate, places):
    gate.acquire()


def leave(room, gate, places):
    pass
