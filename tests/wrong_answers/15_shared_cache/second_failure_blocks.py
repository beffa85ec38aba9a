"""get_or_load: a second failed load blocks the key.

The learner has one state for a load and one for a second try, and takes back the first only.
"""


def get_or_load(cache, key, load, lock, changed):
    entry = cache[key]
    with lock:
        while entry.state in (1, 3):
            changed.wait()
        if entry.state == 2:
            return entry.low, entry.high
        entry.state = 1 if entry.state == 0 else 3
    try:
        value = load(key)
    except OSError:
        with lock:
            if entry.state == 1:
                entry.state = 4
            changed.notify_all()
        raise
    with lock:
        entry.low, entry.high = value
        entry.state = 2
        changed.notify_all()
    return value
