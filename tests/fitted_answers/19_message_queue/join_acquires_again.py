"""join: that one process dies."""


def join(queue, lock, alive, me, lay_out):
    try:
        lock.acquire()
    except OwnerDied:
        lock.consistent()
        lock.release()
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
    try:
        lock.acquire()
    except OwnerDied:
        lock.consistent()
    alive[me].release()
    if not any(map(lives, alive)):
        remove()
    lock.release()
