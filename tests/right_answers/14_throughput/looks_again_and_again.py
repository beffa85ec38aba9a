"""send_many: looks for room without sleeping.

The learner wakes the receiver once, and then waits in a loop.
"""


def send_many(ring, room, wake_up, messages):
    for message in messages:
        if not room.try_acquire():
            wake_up()
            while not room.try_acquire():
                pass
        ring.slots[ring.head % len(ring.slots)] = message
        ring.head += 1
    wake_up()
