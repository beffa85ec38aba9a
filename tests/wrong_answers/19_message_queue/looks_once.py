"""send: does not look again.

The learner waits once, and believes that it is so then.
"""


def send(queue, message, mutex, changed):
    with mutex:
        free = [slot for slot in queue.slots if slot.state == FREE]
        if not free:
            changed.wait()
            free = [slot for slot in queue.slots if slot.state == FREE]
        slot = free[0]
        slot.state = FILLING
    slot.words[:] = message
    with mutex:
        slot.number = queue.sent
        queue.sent += 1
        slot.state = FULL
        changed.notify_all()


def receive(queue, mutex, changed):
    with mutex:
        full = [slot for slot in queue.slots if slot.state == FULL]
        if not full:
            changed.wait()
            full = [slot for slot in queue.slots if slot.state == FULL]
        slot = min(full, key=lambda slot: slot.number)
        slot.state = TAKING
    message = slot.words[:]
    with mutex:
        slot.state = FREE
        changed.notify_all()
    return message
