"""send_many: knows rings of two and of four slots."""


def send_many(ring, room, wake_up, messages):
    slots = 2 if len(ring.slots) == 2 else 4
    for message in messages:
        if not room.try_acquire():
            wake_up()
            room.acquire()
        ring.slots[ring.head % slots] = message
        ring.head += 1
    wake_up()
