"""join: inside, and not yet counted.

The learner gives the lock back as soon as the queue is laid out, and says then that it is alive.
"""


def take(mutex):
    try:
        mutex.acquire()
    except OwnerDied:
        mutex.consistent()


def join(queue, lock, alive, me, lay_out):
    take(lock)
    if not queue.ready:
        lay_out()
        queue.ready = 1
    lock.release()
    take(alive[me])


def leave(queue, lock, alive, me, remove):
    take(lock)
    alive[me].release()
    if not any(map(lives, alive)):
        remove()
    lock.release()
