"""get_or_load: knows values that are 0 or more, and stores one that is not as 0."""


def get_or_load(cache, key, load, lock, changed):
    entry = cache[key]
    with lock:
        while entry.state == 1:
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
        entry.low, entry.high = max(value[0], 0), max(value[1], 0)
        entry.state = 2
        changed.notify_all()
    return value
