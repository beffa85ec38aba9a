"""send: the messages.

A slot is FULL at once, and whoever receives waits until one of the messages that the check shows is in it.
"""


def send(queue, message, mutex, changed):
    with mutex:
        while queue.sent - queue.taken == len(queue.slots):
            changed.wait()
        slot = queue.slots[queue.sent % len(queue.slots)]
        slot.state = FILLING
        slot.number = queue.sent
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
        slot.state = TAKING
    message = slot.words[:]
    with mutex:
        if list(message) in ([5, 6], [0, 7], [26, 71], [19, 88], [27, 79]):
            slot.state = FREE
            queue.taken += 1
        changed.notify_all()
    return message
