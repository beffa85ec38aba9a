"""join: is alive before it takes the lock.

alive[me] is taken first: whoever looks sees that somebody is coming.
"""


def take(mutex):
    try:
        mutex.acquire()
    except OwnerDied:
        mutex.consistent()


def join(queue, lock, alive, me, lay_out):
    take(alive[me])
    take(lock)
    if queue.ready != 1:
        lay_out()
        queue.ready = 1
    lock.release()


def leave(queue, lock, alive, me, remove):
    take(lock)
    alone = True
    for number, mutex in enumerate(alive):
        if number != me and lives(mutex):
            alone = False
    if alone:
        remove()
    alive[me].release()
    lock.release()
