"""recover: taken twice.

The learner gives a message back that a dead receiver had begun to take.
"""


def recover(queue, lock, alive, me):
    try:
        lock.acquire()
    except OwnerDied:
        lock.consistent()
    for slot in queue.slots:
        if slot.state in (FILLING, TAKING) and not lives(alive[slot.owner]):
            slot.state = FREE if slot.state == FILLING else FULL
    lock.release()
