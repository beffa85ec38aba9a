"""send_many: one wake-up too many.

The learner wakes twice, to be on the safe side.
"""


def send_many(ring, room, wake_up, messages):
    for message in messages:
        if not room.try_acquire():
            wake_up()
            wake_up()
            room.acquire()
        ring.slots[ring.head % len(ring.slots)] = message
        ring.head += 1
    wake_up()
