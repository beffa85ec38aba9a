"""multiplex: let in when the room is full.

The learner counts under the gate, and lets in whoever has counted, full or not.
"""


def gate_starts_at(places):
    return 1


def enter(room, gate, places):
    gate.acquire()
    if room.count < places:
        room.count += 1
    gate.release()


def leave(room, gate, places):
    gate.acquire()
    room.count -= 1
    gate.release()
