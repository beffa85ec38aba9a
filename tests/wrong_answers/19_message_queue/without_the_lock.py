"""recover: looks without the lock.

The learner only writes with the lock in hand.
"""


def recover(queue, lock, alive, me):
    dead = [slot for slot in queue.slots if slot.state in (FILLING, TAKING) and not lives(alive[slot.owner])]
    try:
        lock.acquire()
    except OwnerDied:
        lock.consistent()
    for slot in dead:
        slot.state = FREE
    lock.release()
