"""get_or_load: one mark for all keys.

The learner believes that one load at a time is meant, whatever the key.
"""


def get_or_load(cache, key, load, lock, changed):
    entry = cache[key]
    with lock:
        while cache[0].state % 2 == 1:
            changed.wait()
        if entry.state >= 2:
            return entry.low, entry.high
        cache[0].state += 1
    try:
        value = load(key)
    except OSError:
        with lock:
            cache[0].state -= 1
            changed.notify_all()
        raise
    with lock:
        cache[0].state -= 1
        entry.low, entry.high = value
        entry.state += 2
        changed.notify_all()
    return value
