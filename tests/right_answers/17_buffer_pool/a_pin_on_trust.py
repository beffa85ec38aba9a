"""pin: a pin is taken on trust, and given back where the page has gone."""


def pin(pool, page, latches):
    for number in range(len(pool.page)):
        if pool.page[number] != page:
            continue
        latches[number].acquire()
        pool.pins[number] += 1
        latches[number].release()
        if pool.page[number] == page:
            pool.used[number] = 1
            return number
        unpin(pool, number, latches)
    return None


def unpin(pool, number, latches):
    latches[number].acquire()
    pool.pins[number] = pool.pins[number] - 1
    latches[number].release()


def victim(pool, latches):
    size = len(pool.page)
    for _ in range(2 * size):
        number = pool.hand % size
        pool.hand = (number + 1) % size
        with latches[number]:
            if not pool.pins[number] and not pool.used[number]:
                pool.pins[number], pool.page[number] = 1, EMPTY
                return number
            pool.used[number] = pool.used[number] if pool.pins[number] else 0
    return None
