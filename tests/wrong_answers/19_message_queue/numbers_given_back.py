"""recover: numbers are given twice.

The learner takes back the count of a message that was begun.
"""


def recover(queue, lock, alive, me):
    try:
        lock.acquire()
    except OwnerDied:
        lock.consistent()
    for slot in queue.slots:
        if slot.state in (FILLING, TAKING) and not lives(alive[slot.owner]):
            if slot.state == FILLING:
                queue.sent -= 1
            slot.state = FREE
    lock.release()
