"""join: that there are three members."""


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
    alive[me].release()
    if not any(map(lives, alive[:3])):
        remove()
    lock.release()
