"""send_many: room is taken without being counted.

The learner believes that the receiver is always fast enough.
"""


def send_many(ring, room, wake_up, messages):
    for message in messages:
        ring.slots[ring.head % len(ring.slots)] = message
        ring.head += 1
    wake_up()
