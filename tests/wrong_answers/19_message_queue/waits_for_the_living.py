"""recover: waits for the living.

The learner waits for the mutex of the slot's owner, to be sure that it is dead.
"""


def recover(queue, lock, alive, me):
    try:
        lock.acquire()
    except OwnerDied:
        lock.consistent()
    for slot in queue.slots:
        if slot.state in (FILLING, TAKING) and slot.owner != me:
            try:
                alive[slot.owner].acquire()
            except OwnerDied:
                alive[slot.owner].consistent()
            alive[slot.owner].release()
            slot.state = FREE
    lock.release()
