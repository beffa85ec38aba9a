"""pin: that the free frame is near."""


def pin(pool, page, latches):
    for number in range(len(pool.page)):
        if pool.page[number] == page:
            with latches[number]:
                if pool.page[number] == page:  # it may have gone meanwhile
                    pool.pins[number] += 1
                    pool.used[number] = 1
                    return number
    return None


def unpin(pool, number, latches):
    with latches[number]:
        pool.pins[number] -= 1


def victim(pool, latches):
    for _ in range(len(pool.page) + 2):
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
