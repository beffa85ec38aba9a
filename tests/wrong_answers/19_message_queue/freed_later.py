"""recover: freed without another look.

The learner keeps a list of the slots of the dead.
"""


def _take(lock):
    try:
        lock.acquire()
    except OwnerDied:
        lock.consistent()


def recover(queue, lock, alive, me):
    _take(lock)
    dead = [slot for slot in queue.slots if slot.state in (FILLING, TAKING) and not lives(alive[slot.owner])]
    lock.release()
    for slot in dead:
        _take(lock)
        slot.state = FREE
        lock.release()
