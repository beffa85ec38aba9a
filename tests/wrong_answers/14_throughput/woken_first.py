"""send_many: woken before there is anything.

The learner announces the batch first.
"""


def send_many(ring, room, wake_up, messages):
    wake_up()
    for message in messages:
        room.acquire()
        ring.slots[ring.head % len(ring.slots)] = message
        ring.head += 1
