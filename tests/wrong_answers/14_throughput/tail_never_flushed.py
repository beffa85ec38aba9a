"""send_many: the tail is never flushed.

The learner wakes the receiver only when there is no more room.
"""


def send_many(ring, room, wake_up, messages):
    for message in messages:
        if not room.try_acquire():
            wake_up()
            room.acquire()
        ring.slots[ring.head % len(ring.slots)] = message
        ring.head += 1
