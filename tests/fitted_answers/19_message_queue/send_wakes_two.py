"""send: that two sleep at most."""


def send(queue, message, mutex, changed):
    with mutex:
        while not (free := [slot for slot in queue.slots if slot.state == FREE]):
            changed.wait()
        slot = free[0]
        slot.state = FILLING
    slot.words[:] = message
    with mutex:
        slot.number = queue.sent
        queue.sent += 1
        slot.state = FULL
        changed.notify()
        changed.notify()


def receive(queue, mutex, changed):
    with mutex:
        while not (full := [slot for slot in queue.slots if slot.state == FULL]):
            changed.wait()
        slot = min(full, key=lambda slot: slot.number)
        slot.state = TAKING
    message = slot.words[:]
    with mutex:
        slot.state = FREE
        changed.notify()
        changed.notify()
    return message
