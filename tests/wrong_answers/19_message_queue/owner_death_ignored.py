"""join: nobody expects a death.

The learner takes the lock as if nobody could die with it.
"""


def join(queue, lock, alive, me, lay_out):
    lock.acquire()
    if not queue.ready:
        lay_out()
        queue.ready = 1
    try:
        alive[me].acquire()
    except OwnerDied:
        alive[me].consistent()
    lock.release()


def leave(queue, lock, alive, me, remove):
    lock.acquire()
    alive[me].release()
    if not any(map(lives, alive)):
        remove()
    lock.release()
