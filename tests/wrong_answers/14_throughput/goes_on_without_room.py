"""send_many: a slot is filled without room.

The learner wakes the receiver, and believes that there is room now.
"""


def send_many(ring, room, wake_up, messages):
    for message in messages:
        if not room.try_acquire():
            wake_up()
        ring.slots[ring.head % len(ring.slots)] = message
        ring.head += 1
    wake_up()
