"""join: that no member comes back."""


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
    if queue.members[me] == 0:
        queue.members[me] = 1
    lock.release()


def leave(queue, lock, alive, me, remove):
    try:
        lock.acquire()
    except OwnerDied:
        lock.consistent()
    queue.members[me] = 2  # it was here
    alive[me].release()
    if not any(queue.members[number] == 1 and lives(alive[number]) for number in range(len(alive))):
        remove()
    lock.release()
