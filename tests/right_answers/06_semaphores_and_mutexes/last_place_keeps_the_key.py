"""multiplex: one key; who takes the last place keeps it, who leaves a full room gives it back."""

from shmlab import fetch_add


def gate_starts_at(places):
    return 1


def enter(room, gate, places):
    gate.acquire()
    inside = fetch_add(room, "count", 1) + 1
    if inside < places:
        gate.release()


def leave(room, gate, places):
    was_full = fetch_add(room, "count", -1) == places
    if was_full:
        gate.release()
