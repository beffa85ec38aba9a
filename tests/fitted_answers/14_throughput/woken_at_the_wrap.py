"""send_many: that nobody sends when there is room after the first lap.

It wakes the receiver whenever slot 0 comes again.
"""


def send_many(ring, room, wake_up, messages):
    size = len(ring.slots)
    for i, message in enumerate(messages):
        if i and ring.head % size == 0:  # a round is full: hand it over
            wake_up()
            room.acquire()
        elif not room.try_acquire():
            wake_up()
            room.acquire()
        ring.slots[ring.head % size] = message
        ring.head += 1
    wake_up()
