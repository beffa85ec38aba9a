"""send_many: a wake-up for each message.

The learner believes that whoever puts something down has to call.
"""


def send_many(ring, room, wake_up, messages):
    for message in messages:
        room.acquire()
        ring.slots[ring.head % len(ring.slots)] = message
        ring.head += 1
        wake_up()
