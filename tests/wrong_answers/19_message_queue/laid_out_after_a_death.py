"""join: laid out after a death.

The learner takes it that what a dead owner of the lock left is not to be trusted.
"""


def take(mutex):
    try:
        mutex.acquire()
    except OwnerDied:
        mutex.consistent()
        return True
    return False


def join(queue, lock, alive, me, lay_out):
    died = take(lock)
    if died or not queue.ready:
        lay_out()
        queue.ready = 1
    take(alive[me])
    lock.release()


def leave(queue, lock, alive, me, remove):
    take(lock)
    alive[me].release()
    if not any(map(lives, alive)):
        remove()
    lock.release()
