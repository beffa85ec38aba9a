"""join: looked at outside of the lock.

The learner takes the lock only where there is something to do.
"""


def join(queue, lock, alive, me, lay_out):
    if not queue.ready:
        try:
            lock.acquire()
        except OwnerDied:
            lock.consistent()
        lay_out()
        queue.ready = 1
        lock.release()
    try:
        alive[me].acquire()
    except OwnerDied:
        alive[me].consistent()


def leave(queue, lock, alive, me, remove):
    try:
        lock.acquire()
    except OwnerDied:
        lock.consistent()
    alive[me].release()
    if not any(map(lives, alive)):
        remove()
    lock.release()
