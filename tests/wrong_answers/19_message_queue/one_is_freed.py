"""recover: only one slot is freed.

The learner thinks of one death, and of one slot that it leaves.
"""


def recover(queue, lock, alive, me):
    try:
        lock.acquire()
    except OwnerDied:
        lock.consistent()
    for slot in queue.slots:
        if slot.state in (FILLING, TAKING) and not lives(alive[slot.owner]):
            slot.state = FREE
            break
    lock.release()
