"""recover: the lock had a dead owner.

The learner takes the lock as if nobody could die with it.
"""


def recover(queue, lock, alive, me):
    lock.acquire()
    for slot in queue.slots:
        if slot.state in (FILLING, TAKING) and not lives(alive[slot.owner]):
            slot.state = FREE
    lock.release()
