"""send_many: behind the last slot.

The learner takes the number of a message for its slot.
"""


def send_many(ring, room, wake_up, messages):
    for message in messages:
        if not room.try_acquire():
            wake_up()
            room.acquire()
        ring.slots[ring.head] = message
        ring.head += 1
    wake_up()
