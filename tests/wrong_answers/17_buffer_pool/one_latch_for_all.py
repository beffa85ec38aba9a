"""pin: one latch for all.

The learner takes the same latch for every frame, so that nothing can go wrong.
"""


def pin(pool, page, latches):
    with latches[0]:
        for number in range(len(pool.page)):
            if pool.page[number] == page:
                pool.pins[number] += 1
                pool.used[number] = 1
                return number
    return None


def unpin(pool, number, latches):
    with latches[0]:
        pool.pins[number] -= 1


def victim(pool, latches):
    with latches[0]:
        for _ in range(2 * len(pool.page)):
            number = pool.hand % len(pool.page)
            pool.hand += 1
            if pool.pins[number] == 0 and pool.used[number] == 0:
                pool.page[number] = EMPTY
                pool.pins[number] = 1
                return number
            if pool.pins[number] == 0:
                pool.used[number] = 0
    return None
