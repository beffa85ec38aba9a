"""multiplex: starts at zero.

The learner believes that the semaphore counts who is inside.
"""


def gate_starts_at(places):
    return 0


def enter(room, gate, places):
    gate.acquire()


def leave(room, gate, places):
    gate.release()
