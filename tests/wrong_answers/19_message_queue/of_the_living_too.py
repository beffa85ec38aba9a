"""recover: slots of the living are freed.

The learner frees each slot that somebody was busy with.
"""


def recover(queue, lock, alive, me):
    try:
        lock.acquire()
    except OwnerDied:
        lock.consistent()
    for slot in queue.slots:
        if slot.state in (FILLING, TAKING):
            slot.state = FREE
    lock.release()
