"""multiplex: counted without protection.

The learner counts by hand, and uses the semaphore only to wake who waits.
"""


def gate_starts_at(places):
    return 0


def enter(room, gate, places):
    room.count += 1
    if room.count > places:
        gate.acquire()


def leave(room, gate, places):
    room.count -= 1
    if room.count >= places:
        gate.release()
