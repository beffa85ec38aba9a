"""send: numbered when it is reserved.

A message gets its number when its slot is reserved; without a helper, by loops.
"""


def send(queue, message, mutex, changed):
    mutex.acquire()
    slot = None
    while slot is None:
        for one in queue.slots:
            if one.state == FREE:
                slot = one
                break
        else:
            changed.wait()
    slot.state = FILLING
    slot.number = queue.sent
    queue.sent += 1
    mutex.release()
    for place, word in enumerate(message):
        slot.words[place] = word
    mutex.acquire()
    slot.state = FULL
    changed.notify_all()
    mutex.release()


def receive(queue, mutex, changed):
    mutex.acquire()
    oldest = None
    while oldest is None:
        for slot in queue.slots:
            if slot.state == FULL and (oldest is None or slot.number < oldest.number):
                oldest = slot
        if oldest is None:
            changed.wait()
    oldest.state = TAKING
    mutex.release()
    message = tuple(oldest.words)
    with changed:
        oldest.state = FREE
        changed.notify_all()
    return message
