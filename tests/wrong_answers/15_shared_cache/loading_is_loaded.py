"""get_or_load: what is being loaded is taken for loaded.

The learner has one state for both: anything but 0.
"""


def get_or_load(cache, key, load, lock, changed):
    entry = cache[key]
    with lock:
        if entry.state == 1:
            return entry.low, entry.high
        entry.state = 1
    try:
        value = load(key)
    except OSError:
        entry.state = 0
        raise
    with lock:
        entry.low, entry.high = value
    return value
