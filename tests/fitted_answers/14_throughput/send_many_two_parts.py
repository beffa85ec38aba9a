"""send_many: that a batch has two parts at most."""


def send_many(ring, room, wake_up, messages):
    sent = 0
    while sent < len(messages) and room.try_acquire():
        ring.slots[ring.head % len(ring.slots)] = messages[sent]
        ring.head += 1
        sent += 1
    wake_up()
    if sent < len(messages):
        for message in messages[sent:]:
            room.acquire()
            ring.slots[ring.head % len(ring.slots)] = message
            ring.head += 1
        wake_up()
