"""fetch: the page may be used while it is written, and is only taken if nobody did."""


def fetch(pool, page, latch, changed, read, write):
    latch.acquire()
    while True:
        number = frame_of(pool, page)
        if number is not None:
            pool.pins[number] += 1
            break
        number = unpinned(pool)
        if number is None:
            changed.wait()
            continue
        pool.pins[number] += 1
        if pool.dirty[number]:
            pool.dirty[number] = 0
            old, data = pool.page[number], pool.data[number]
            latch.release()
            write(old, data)
            latch.acquire()
            pool.pins[number] -= 1
            changed.notify_all()
            continue
        pool.busy[number] = 1
        pool.page[number] = page
        latch.release()
        pool.data[number] = read(page)
        latch.acquire()
        pool.busy[number] = 0
        changed.notify_all()
        break
    while pool.busy[number]:
        changed.wait()
    latch.release()
    return number
