"""recover: the lock is never given back.

The learner repairs, and is done.
"""


def recover(queue, lock, alive, me):
    try:
        lock.acquire()
    except OwnerDied:
        lock.consistent()
    for slot in queue.slots:
        if slot.state in (FILLING, TAKING) and not lives(alive[slot.owner]):
            slot.state = FREE
