"""send_many: the first one, then the rest."""


def send_many(ring, room, wake_up, messages):
    first, *rest = messages
    if not room.try_acquire():
        wake_up()
        room.acquire()
    head = ring.head
    ring.slots[head % len(ring.slots)] = first
    ring.head = head + 1
    if rest:
        send_many(ring, room, wake_up, rest)
    else:
        wake_up()
