"""fetch: the old page cannot be found while it is written.

The learner enters the new page at once, so that nobody reads it twice, and writes the old one then.
"""


def fetch(pool, page, latch, changed, read, write):
    with latch:
        while True:
            number = frame_of(pool, page)
            if number is not None:
                pool.pins[number] += 1
                while pool.busy[number]:
                    changed.wait()
                return number
            number = unpinned(pool)
            if number is None:
                changed.wait()
                continue
            pool.pins[number] = pool.busy[number] = 1
            old, dirty, pool.page[number], pool.dirty[number] = pool.page[number], pool.dirty[number], page, 0
            latch.release()
            if dirty:
                write(old, pool.data[number])
            pool.data[number] = read(page)
            latch.acquire()
            pool.busy[number] = 0
            changed.notify_all()
            return number
