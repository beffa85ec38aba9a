"""send_many: parts that fit, counted by hand."""


def send_many(ring, room, wake_up, messages):
    left = list(messages)
    while left:
        while left and room.try_acquire():
            ring.slots[ring.head % len(ring.slots)] = left.pop(0)
            ring.head += 1
        if left:
            wake_up()
            room.acquire()
            ring.slots[ring.head % len(ring.slots)] = left.pop(0)
            ring.head += 1
    wake_up()
