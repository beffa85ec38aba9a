"""pin: the latch is kept while it is pinned.

The learner gives the latch back when the frame is not used any more.
"""


def pin(pool, page, latches):
    for number in range(len(pool.page)):
        latches[number].acquire()
        if pool.page[number] == page:
            pool.pins[number] += 1
            pool.used[number] = 1
            return number
        latches[number].release()
    return None


def unpin(pool, number, latches):
    pool.pins[number] -= 1
    latches[number].release()


def victim(pool, latches):
    for _ in range(2 * len(pool.page)):
        number = pool.hand % len(pool.page)
        pool.hand += 1
        latches[number].acquire()
        if pool.pins[number] == 0 and pool.used[number] == 0:
            pool.page[number] = EMPTY
            pool.pins[number] = 1
            return number
        if pool.pins[number] == 0:
            pool.used[number] = 0
        latches[number].release()
    return None
