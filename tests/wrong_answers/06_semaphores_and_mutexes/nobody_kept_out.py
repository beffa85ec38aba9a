"""multiplex: nobody is kept out.

The learner signals who enters and who leaves, and believes that a release waits when there are too many units.
"""


def gate_starts_at(places):
    return 0


def enter(room, gate, places):
    gate.release()


def leave(room, gate, places):
    gate.acquire()
