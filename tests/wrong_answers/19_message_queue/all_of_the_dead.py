"""recover: whole messages of the dead are lost.

The learner frees every slot whose owner is dead.
"""


def recover(queue, lock, alive, me):
    try:
        lock.acquire()
    except OwnerDied:
        lock.consistent()
    for slot in queue.slots:
        if slot.state != FREE and not lives(alive[slot.owner]):
            slot.state = FREE
    lock.release()
