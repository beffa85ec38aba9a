"""recover: the queue is emptied.

The learner begins anew after a death.
"""


def recover(queue, lock, alive, me):
    try:
        lock.acquire()
    except OwnerDied:
        lock.consistent()
    for slot in queue.slots:
        slot.state = FREE
    lock.release()
