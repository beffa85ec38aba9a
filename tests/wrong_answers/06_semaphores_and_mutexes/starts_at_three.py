"""multiplex: one place too many.

The learner counts the one who waits, too.
"""


def gate_starts_at(places):
    return places + 1


def enter(room, gate, places):
    gate.acquire()


def leave(room, gate, places):
    gate.release()
