"""recover: taken over, and not said.

The learner has the lock, and believes that this is all.
"""


def recover(queue, lock, alive, me):
    try:
        lock.acquire()
    except OwnerDied:
        pass
    for slot in queue.slots:
        if slot.state in (FILLING, TAKING) and not lives(alive[slot.owner]):
            slot.state = FREE
    lock.release()
