"""get_or_load: that one key is asked for where a load fails."""


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
            for one in cache:
                one.state = 0
            changed.notify_all()
        raise
    with lock:
        entry.low, entry.high = value
        entry.state = 2
        changed.notify_all()
    return value
