"""fetch: that there are two clients.

The one who is woken may wait for another page.
"""


def fetch(pool, page, latch, changed, read, write):
    with latch:
        while (number := frame_of(pool, page)) is None:
            free = unpinned(pool)
            if free is None:
                changed.wait()
            elif pool.dirty[free]:
                pool.pins[free] = pool.busy[free] = 1
                latch.release()
                write(pool.page[free], pool.data[free])
                latch.acquire()
                pool.pins[free] -= 1
                pool.dirty[free] = pool.busy[free] = 0
                changed.notify()
            else:
                pool.page[free] = page
                pool.pins[free] = pool.busy[free] = 1
                latch.release()
                pool.data[free] = read(page)
                latch.acquire()
                pool.pins[free] -= 1
                pool.busy[free] = 0
                changed.notify_all()
        pool.pins[number] += 1
        while pool.busy[number]:
            changed.wait()
        return number
