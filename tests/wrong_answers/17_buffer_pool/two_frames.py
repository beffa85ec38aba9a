"""fetch: looked once only.

The learner gives the latch back after the look, to choose a frame in peace.
"""


def fetch(pool, page, latch, changed, read, write):
    with latch:
        number = frame_of(pool, page)
        if number is not None:
            pool.pins[number] += 1
            while pool.busy[number]:
                changed.wait()
            return number
    with latch:
        while (number := unpinned(pool)) is None:
            changed.wait()
        pool.pins[number] = pool.busy[number] = 1
        old, dirty = pool.page[number], pool.dirty[number]
    if dirty:
        write(old, pool.data[number])
    with latch:
        pool.page[number] = page
    data = read(page)
    with latch:
        pool.data[number] = data
        pool.dirty[number] = pool.busy[number] = 0
        changed.notify_all()
    return number
