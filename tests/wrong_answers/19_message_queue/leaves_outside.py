"""join: leaves outside of the lock.

The learner looks at the others with the lock, and leaves when it has given it back.
"""


def join(queue, lock, alive, me, lay_out):
    try:
        lock.acquire()
    except OwnerDied:
        lock.consistent()
    if not queue.ready:
        lay_out()
        queue.ready = 1
    try:
        alive[me].acquire()
    except OwnerDied:
        alive[me].consistent()
    lock.release()


def leave(queue, lock, alive, me, remove):
    try:
        lock.acquire()
    except OwnerDied:
        lock.consistent()
    if not any(lives(mutex) for number, mutex in enumerate(alive) if number != me):
        remove()
    lock.release()
    alive[me].release()
