"""send_many: that the ring is empty when a batch begins."""


def send_many(ring, room, wake_up, messages):
    for at, message in enumerate(messages):
        if at == len(ring.slots):
            wake_up()
        if not room.try_acquire():
            if at < len(ring.slots):
                wake_up()
            room.acquire()
        ring.slots[ring.head % len(ring.slots)] = message
        ring.head += 1
    wake_up()
