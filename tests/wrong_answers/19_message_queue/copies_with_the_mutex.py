"""send: copies with the mutex in hand.

The learner keeps the mutex as long as it works in a slot.
"""


def send(queue, message, mutex, changed):
    with mutex:
        while not (free := [slot for slot in queue.slots if slot.state == FREE]):
            changed.wait()
        slot = free[0]
        slot.words[:] = message
        slot.number = queue.sent
        queue.sent += 1
        slot.state = FULL
        changed.notify_all()


def receive(queue, mutex, changed):
    with mutex:
        while not (full := [slot for slot in queue.slots if slot.state == FULL]):
            changed.wait()
        slot = min(full, key=lambda slot: slot.number)
        message = slot.words[:]
        slot.state = FREE
        changed.notify_all()
    return message
