"""multiplex: knows three places."""


def gate_starts_at(places):
    return min(places, 3)


def enter(room, gate, places):
    gate.acquire()


def leave(room, gate, places):
    gate.release()
