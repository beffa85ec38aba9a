"""send_many: waits for room in silence.

The learner wakes the receiver at the end, and forgets that it sleeps when the ring is full.
"""


def send_many(ring, room, wake_up, messages):
    for message in messages:
        room.acquire()
        ring.slots[ring.head % len(ring.slots)] = message
        ring.head += 1
    wake_up()
