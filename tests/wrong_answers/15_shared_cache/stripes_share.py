"""get_or_load: some keys share a mark.

The learner takes stripes of keys, as the lesson's cache does, and has keys of one stripe wait for each other.
"""


def get_or_load(cache, key, load, lock, changed):
    entry = cache[key]
    with lock:
        while any(cache[other].state == 1 for other in range(key % 2, len(cache), 2)):
            changed.wait()
        if entry.state == 2:
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
