"""join: the dead are counted.

The learner keeps a list of members, and takes from it who leaves.
"""


def join(queue, lock, alive, me, lay_out):
    try:
        lock.acquire()
    except OwnerDied:
        lock.consistent()
    if not queue.ready:
        lay_out()
        queue.ready = 1
    queue.members[me] = 1
    lock.release()


def leave(queue, lock, alive, me, remove):
    try:
        lock.acquire()
    except OwnerDied:
        lock.consistent()
    queue.members[me] = 0
    if not any(queue.members):
        remove()
    lock.release()
