"""join: laid out where nobody lives.

The first one that lives lays it out: no flag is needed.
"""


def take(mutex):
    try:
        mutex.acquire()
    except OwnerDied:
        mutex.consistent()


def join(queue, lock, alive, me, lay_out):
    take(lock)
    if not any(lives(mutex) for mutex in alive):
        lay_out()
    take(alive[me])
    lock.release()


def leave(queue, lock, alive, me, remove):
    take(lock)
    alive[me].release()
    if not any(lives(mutex) for mutex in alive):
        remove()
    lock.release()
