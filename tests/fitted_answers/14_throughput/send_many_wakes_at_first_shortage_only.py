"""send_many: that the ring is full once."""


def send_many(ring, room, wake_up, messages):
    told = False
    for message in messages:
        if not room.try_acquire():
            if not told:
                wake_up()
                told = True
            room.acquire()
        ring.slots[ring.head % len(ring.slots)] = message
        ring.head += 1
    wake_up()
