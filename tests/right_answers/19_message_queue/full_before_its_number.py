"""send: full before it has its number.

With the mutex in hand nobody sees in which order state, number and count change.
"""


def find(queue, state):
    best = None
    for slot in queue.slots:
        if slot.state == state and (best is None or slot.number < best.number):
            best = slot
    return best


def send(queue, message, mutex, changed):
    with changed:
        while find(queue, FREE) is None:
            changed.wait()
        slot = find(queue, FREE)
        slot.state = FILLING
    slot.words[0] = message[0]
    slot.words[1] = message[1]
    with changed:
        slot.state = FULL
        slot.number = queue.sent
        queue.sent = queue.sent + 1
        changed.notify_all()


def receive(queue, mutex, changed):
    with changed:
        while find(queue, FULL) is None:
            changed.wait()
        slot = find(queue, FULL)
        slot.state = TAKING
        changed.notify_all()
    message = list(slot.words)
    with changed:
        slot.state = FREE
        changed.notify_all()
    return message
