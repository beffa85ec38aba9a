"""send_many: woken again and again.

The learner waits in a loop that wakes the receiver each time round.
"""


def send_many(ring, room, wake_up, messages):
    for message in messages:
        while not room.try_acquire():
            wake_up()
        ring.slots[ring.head % len(ring.slots)] = message
        ring.head += 1
    wake_up()
