"""send_many: each batch begins at slot 0.

The learner counts the messages of the batch.
"""


def send_many(ring, room, wake_up, messages):
    for at, message in enumerate(messages):
        if not room.try_acquire():
            wake_up()
            room.acquire()
        ring.slots[at % len(ring.slots)] = message
        ring.head += 1
    wake_up()
