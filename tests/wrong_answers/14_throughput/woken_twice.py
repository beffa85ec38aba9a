"""send_many: woken once more when there is room.

The learner wakes the receiver for each thing that happens.
"""


def send_many(ring, room, wake_up, messages):
    for message in messages:
        if not room.try_acquire():
            wake_up()
            room.acquire()
            wake_up()
        ring.slots[ring.head % len(ring.slots)] = message
        ring.head += 1
    wake_up()
