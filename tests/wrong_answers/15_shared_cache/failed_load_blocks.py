"""get_or_load: a failed load blocks the key.

The learner thinks of the value, and not of the error.
"""


def get_or_load(cache, key, load, lock, changed):
    entry = cache[key]
    with lock:
        while entry.state == 1:
            changed.wait()
        if entry.state == 2:
            return entry.low, entry.high
        entry.state = 1
    value = load(key)
    with lock:
        entry.low, entry.high = value
        entry.state = 2
        changed.notify_all()
    return value
