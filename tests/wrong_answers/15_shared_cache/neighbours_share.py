"""get_or_load: some keys share a mark.

The learner lets neighbours wait for each other, and has tried keys that are no neighbours.
"""


def get_or_load(cache, key, load, lock, changed):
    entry = cache[key]
    with lock:
        while any(cache[other].state == 1 for other in range(len(cache)) if other // 2 == key // 2):
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
