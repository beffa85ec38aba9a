"""fetch: the latch is held at the file.

The learner never gives the latch back, and needs nothing else then.
"""


def fetch(pool, page, latch, changed, read, write):
    with latch:
        number = frame_of(pool, page)
        while number is None:
            number = unpinned(pool)
            if number is None:
                changed.wait()
                number = frame_of(pool, page)
                continue
            if pool.dirty[number]:
                write(pool.page[number], pool.data[number])
                pool.dirty[number] = 0
            pool.data[number] = read(page)
            pool.page[number] = page
        pool.pins[number] += 1
        return number
