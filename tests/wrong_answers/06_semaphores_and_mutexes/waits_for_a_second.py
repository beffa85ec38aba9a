"""multiplex: waits for a while only.

The learner does not want to wait for ever.
"""


def gate_starts_at(places):
    return places


def enter(room, gate, places):
    gate.acquire(timeout=1)


def leave(room, gate, places):
    gate.release()
