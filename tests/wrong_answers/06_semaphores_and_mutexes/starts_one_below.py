"""multiplex: one place too few.

The learner counts from 0.
"""


def gate_starts_at(places):
    return places - 1


def enter(room, gate, places):
    gate.acquire()


def leave(room, gate, places):
    gate.release()
