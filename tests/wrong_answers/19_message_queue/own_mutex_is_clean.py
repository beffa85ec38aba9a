"""join: its own mutex has a dead owner.

The learner believes that nobody else ever takes alive[me].
"""


def join(queue, lock, alive, me, lay_out):
    try:
        lock.acquire()
    except OwnerDied:
        lock.consistent()
    if not queue.ready:
        lay_out()
        queue.ready = 1
    alive[me].acquire()
    lock.release()


def leave(queue, lock, alive, me, remove):
    try:
        lock.acquire()
    except OwnerDied:
        lock.consistent()
    alive[me].release()
    if not any(map(lives, alive)):
        remove()
    lock.release()
