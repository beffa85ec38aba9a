"""fetch: looked once only.

The learner thinks of the old page after writing it, and not of the new one.
"""


def fetch(pool, page, latch, changed, read, write):
    with latch:
        while True:
            number = frame_of(pool, page)
            if number is not None:
                pool.pins[number] += 1
                while pool.busy[number]:
                    changed.wait()
                if pool.page[number] == page:
                    return number
                pool.pins[number] -= 1
                changed.notify_all()
                continue
            number = unpinned(pool)
            if number is None:
                changed.wait()
                continue
            pool.pins[number] = 1
            if pool.dirty[number]:
                pool.busy[number] = 1
                old, data = pool.page[number], pool.data[number]
                latch.release()
                write(old, data)
                latch.acquire()
                pool.dirty[number] = 0
                pool.busy[number] = 0
                changed.notify_all()
                if pool.pins[number] > 1:  # somebody wants the old page again: leave it to them
                    pool.pins[number] -= 1
                    continue
            pool.page[number] = page  # does not look again whether page came meanwhile
            pool.busy[number] = 1
            latch.release()
            data = read(page)
            latch.acquire()
            pool.data[number] = data
            pool.busy[number] = 0
            changed.notify_all()
            return number
