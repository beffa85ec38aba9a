"""join: that nobody dies when a member leaves."""


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
        lock.release()
        lock.acquire()
    alive[me].release()
    if not any(map(lives, alive)):
        remove()
    lock.release()
