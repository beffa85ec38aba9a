"""send_many: waits until all of it fits.

The learner believes that a batch has to stay together.
"""


def send_many(ring, room, wake_up, messages):
    size = len(ring.slots)
    while messages:
        part, messages = messages[:size], messages[size:]
        for _ in part:
            if not room.try_acquire():
                wake_up()
                room.acquire()
        for message in part:
            ring.slots[ring.head % size] = message
            ring.head += 1
    wake_up()
