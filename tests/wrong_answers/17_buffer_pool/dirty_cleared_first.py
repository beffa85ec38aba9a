"""fetch: clean before it is written.

The learner notes that the page is clean, gives the frame back, and writes it then.
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
            if pool.dirty[number]:
                pool.dirty[number] = 0
                latch.release()
                write(pool.page[number], pool.data[number])
                latch.acquire()
                continue
            pool.pins[number] = pool.busy[number] = 1
            pool.page[number] = page
            latch.release()
            pool.data[number] = read(page)
            latch.acquire()
            pool.busy[number] = 0
            changed.notify_all()
            return number
