"""fetch: one of many is woken.

The learner thinks of one other process that waits.
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
            pool.pins[number] = 1
            pool.busy[number] = 1
            if pool.dirty[number]:
                old, data = pool.page[number], pool.data[number]
                latch.release()
                write(old, data)
                latch.acquire()
                pool.dirty[number] = 0
                pool.busy[number] = 0
                pool.pins[number] -= 1
                changed.notify()
                continue
            pool.page[number] = page
            latch.release()
            data = read(page)
            latch.acquire()
            pool.data[number] = data
            pool.busy[number] = 0
            changed.notify()
            return number
