"""send: slots are used in turn.

Places are given out in turn by the sender and by the receiver: the number of a message is its place.
"""


def send(queue, message, mutex, changed):
    with mutex:
        while queue.slots[queue.sent % len(queue.slots)].state != FREE:
            changed.wait()
        number = queue.sent
        slot = queue.slots[number % len(queue.slots)]
        slot.state = FILLING
        slot.number = number
        queue.sent += 1
    slot.words[:] = message
    with mutex:
        slot.state = FULL
        changed.notify_all()


def receive(queue, mutex, changed):
    with mutex:
        while queue.slots[queue.taken % len(queue.slots)].state != FULL:
            changed.wait()
        slot = queue.slots[queue.taken % len(queue.slots)]
        queue.taken += 1
        slot.state = TAKING
    words = [slot.words[0], slot.words[1]]
    with mutex:
        slot.state = FREE
        changed.notify_all()
    return words
