"""recover: a slot is never freed.

The learner thinks of dead senders only.
"""


def recover(queue, lock, alive, me):
    try:
        lock.acquire()
    except OwnerDied:
        lock.consistent()
    for slot in queue.slots:
        if slot.state == FILLING and not lives(alive[slot.owner]):
            slot.state = FREE
    lock.release()
