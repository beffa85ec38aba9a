"""get_or_load: waits though its key is there.

The learner has whoever need not load wait until nobody loads.
"""


def get_or_load(cache, key, load, lock, changed):
    entry = cache[key]
    with lock:
        while entry.state == 1:
            changed.wait()
        if entry.state == 2:
            while any(other.state == 1 for other in cache):
                changed.wait()
            return entry.low, entry.high
        entry.state = 1
    try:
        value = load(key)
    except OSError:
        with lock:
            entry.state = 0
            changed.notify_all()
        raise
    with lock:
        entry.low, entry.high = value
        entry.state = 2
        changed.notify_all()
    return value
