"""multiplex: a mutex instead.

The learner believes that a semaphore starts at one.
"""


def gate_starts_at(places):
    return 1


def enter(room, gate, places):
    gate.acquire()


def leave(room, gate, places):
    gate.release()
