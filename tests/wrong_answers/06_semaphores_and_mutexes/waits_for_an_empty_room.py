"""multiplex: a free place stays empty.

The learner lets people in by groups: the next ones when as many have left as there are places.
"""

from shmlab import fetch_add


def gate_starts_at(places):
    return places


def enter(room, gate, places):
    gate.acquire()


def leave(room, gate, places):
    gone = fetch_add(room, "count", 1) + 1
    if gone % places == 0:
        for _ in range(places):
            gate.release()
