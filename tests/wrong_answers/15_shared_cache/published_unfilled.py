"""get_or_load: there before it is filled.

The learner believes that the order of stores does not matter once the value is known.
"""


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
        entry.state = 2
        changed.notify_all()
    entry.low, entry.high = value
    return value
