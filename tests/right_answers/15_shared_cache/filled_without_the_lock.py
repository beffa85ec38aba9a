"""get_or_load: looks without the lock first, and fills the entry without it, as it is nobody else's meanwhile."""


def get_or_load(cache, key, load, lock, changed):
    if cache[key].state == 2:
        return cache[key].low, cache[key].high
    lock.acquire()
    while cache[key].state == 1:
        changed.wait()
    if cache[key].state == 2:
        lock.release()
        return cache[key].low, cache[key].high
    cache[key].state = 1
    lock.release()
    try:
        cache[key].low, cache[key].high = load(key)
    except OSError:
        with lock:
            cache[key].state = 0
            changed.notify()
        raise
    with lock:
        cache[key].state = 2
        changed.notify_all()
    return cache[key].low, cache[key].high
