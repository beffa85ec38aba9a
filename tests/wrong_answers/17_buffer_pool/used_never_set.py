"""pin: nobody notes that it is used.

The learner leaves `used` to the hand.
"""


def pin(pool, page, latches):
    for number in range(len(pool.page)):
        if pool.page[number] == page:
            with latches[number]:
                if pool.page[number] == page:
                    pool.pins[number] += 1
                    return number
    return None


def unpin(pool, number, latches):
    with latches[number]:
        pool.pins[number] -= 1


def victim(pool, latches):
    for _ in range(2 * len(pool.page)):
        number = pool.hand % len(pool.page)
        pool.hand += 1
        with latches[number]:
            if pool.pins[number] == 0 and pool.used[number] == 0:
                pool.page[number] = EMPTY
                pool.pins[number] = 1
                return number
            if pool.pins[number] == 0:
                pool.used[number] = 0
    return None
