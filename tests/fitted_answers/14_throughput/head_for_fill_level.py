"""send_many: that nobody sends when there is room after the first lap.

It takes `head` for the number of messages in the ring.
"""


def send_many(ring, room, wake_up, messages):
    size = len(ring.slots)
    for message in messages:
        if ring.head >= size:  # from now on the ring is full
            wake_up()
        room.acquire()
        ring.slots[ring.head % size] = message
        ring.head += 1
    wake_up()
