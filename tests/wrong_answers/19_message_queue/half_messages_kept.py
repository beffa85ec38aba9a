"""recover: half a message is sent.

The learner wants to lose no message, and so announces those that were begun.
"""


def recover(queue, lock, alive, me):
    try:
        lock.acquire()
    except OwnerDied:
        lock.consistent()
    for slot in queue.slots:
        if slot.state in (FILLING, TAKING) and not lives(alive[slot.owner]):
            slot.state = FULL if slot.state == FILLING else FREE
    lock.release()
