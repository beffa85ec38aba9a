"""pin: tested before the latch.

The learner tests the frame first, so as to take the latch only of one that is free.
"""


def pin(pool, page, latches):
    for number in range(len(pool.page)):
        if pool.page[number] == page:
            with latches[number]:
                if pool.page[number] == page:
                    pool.pins[number] += 1
                    pool.used[number] = 1
                    return number
    return None


def unpin(pool, number, latches):
    with latches[number]:
        pool.pins[number] -= 1


def victim(pool, latches):
    for _ in range(2 * len(pool.page)):
        number = pool.hand % len(pool.page)
        pool.hand += 1
        if pool.pins[number] == 0 and pool.used[number] == 0:
            with latches[number]:
                pool.page[number] = EMPTY
                pool.pins[number] = 1
            return number
        if pool.pins[number] == 0:
            with latches[number]:
                pool.used[number] = 0
    return None
