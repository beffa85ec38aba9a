"""recover: that there are four members."""


def recover(queue, lock, alive, me):
    try:
        lock.acquire()
    except OwnerDied:
        lock.consistent()
    for slot in queue.slots:
        if slot.state in (FILLING, TAKING) and slot.owner < 4 and not lives(alive[slot.owner]):
            slot.state = FREE
    lock.release()
