"""send_many: a unit of room is given back at once.

The learner takes a semaphore for a lock.
"""


def send_many(ring, room, wake_up, messages):
    for message in messages:
        with room:
            ring.slots[ring.head % len(ring.slots)] = message
            ring.head += 1
    wake_up()
