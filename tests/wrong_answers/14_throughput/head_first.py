"""send_many: head before the message.

The learner counts first and stores then: in the sender's own eyes it is the same.
"""


def send_many(ring, room, wake_up, messages):
    for message in messages:
        if not room.try_acquire():
            wake_up()
            room.acquire()
        slot = ring.head % len(ring.slots)
        ring.head += 1
        ring.slots[slot] = message
    wake_up()
