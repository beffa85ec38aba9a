"""join: the lock is kept while a member is inside.

The learner keeps the lock from join to leave, so that nobody disturbs.
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


def leave(queue, lock, alive, me, remove):
    alive[me].release()
    if not any(map(lives, alive)):
        remove()
    lock.release()
