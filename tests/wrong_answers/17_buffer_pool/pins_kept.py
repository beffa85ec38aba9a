"""fetch: the pin of the writer is kept.

The learner pins the frame for the write, looks again, and has forgotten that pin.
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
            if pool.dirty[number]:
                latch.release()
                write(pool.page[number], pool.data[number])
                latch.acquire()
                pool.dirty[number] = pool.busy[number] = 0
                changed.notify_all()
                continue
            pool.page[number] = page
            latch.release()
            pool.data[number] = read(page)
            latch.acquire()
            pool.busy[number] = 0
            changed.notify_all()
            return number
