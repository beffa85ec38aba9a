"""get_or_load: does not look again.

The learner believes that a wake-up says that the value is there.
"""


def get_or_load(cache, key, load, lock, changed):
    entry = cache[key]
    with lock:
        if entry.state == 1:
            changed.wait()
            return entry.low, entry.high
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
