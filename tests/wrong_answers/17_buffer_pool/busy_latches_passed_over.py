"""pin: gives up too early.

The learner believes that a latch that is taken means a page that is pinned.
"""


def unpin(pool, number, latches):
    with latches[number]:
        pool.pins[number] -= 1


def pin(pool, page, latches):
    for number in range(len(pool.page)):
        with latches[number]:
            if pool.page[number] == page:
                pool.pins[number] += 1
                break
    else:
        return None
    pool.used[number] = 1  # after the latch
    return number


def victim(pool, latches):
    size = len(pool.page)
    for _ in range(2 * size):
        number = fetch_add(pool, "hand", 1) % size
        if not latches[number].try_acquire():
            continue
        try:
            if pool.pins[number] == 0:
                if pool.used[number] == 0:
                    pool.page[number] = EMPTY
                    pool.pins[number] = 1
                    return number
                pool.used[number] = 0
        finally:
            latches[number].release()
    return None
