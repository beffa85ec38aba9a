"""send_many: room is taken without being counted.

The learner looks at head and tail, which say the same, and leaves the semaphore alone.
"""


def send_many(ring, room, wake_up, messages):
    slots = len(ring.slots)
    for message in messages:
        if ring.head - ring.tail == slots:
            wake_up()
            while ring.head - ring.tail == slots:
                pass
        ring.slots[ring.head % slots] = message
        ring.head += 1
    wake_up()
