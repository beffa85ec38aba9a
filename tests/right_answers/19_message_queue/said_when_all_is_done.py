"""recover: consistent when all is done.

The dead are found first, and consistent() comes at the end.
"""


def recover(queue, lock, alive, me):
    taken_over = False
    try:
        lock.acquire()
    except OwnerDied:
        taken_over = True
    dead = {number for number in range(len(alive)) if number != me and not lives(alive[number])}
    for slot in queue.slots:
        if slot.owner in dead and (slot.state == FILLING or slot.state == TAKING):
            slot.state = FREE
    if taken_over:
        lock.consistent()
    lock.release()
