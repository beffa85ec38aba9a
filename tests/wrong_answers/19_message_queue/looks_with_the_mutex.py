"""send: waits with the mutex in hand.

The learner looks until there is room, and has the mutex all the time.
"""


def send(queue, message, mutex, changed):
    with mutex:
        while not (free := [slot for slot in queue.slots if slot.state == FREE]):
            pass
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
        while not (full := [slot for slot in queue.slots if slot.state == FULL]):
            pass
        slot = min(full, key=lambda slot: slot.number)
        slot.state = TAKING
    message = slot.words[:]
    with mutex:
        slot.state = FREE
        changed.notify_all()
    return message
