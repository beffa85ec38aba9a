"""get_or_load: the error is kept back.

The learner believes that a cache tries again until it has a value.
"""


def get_or_load(cache, key, load, lock, changed):
    entry = cache[key]
    with lock:
        while entry.state == 1:
            changed.wait()
        if entry.state == 2:
            return entry.low, entry.high
        entry.state = 1
    value = None
    while value is None:
        try:
            value = load(key)
        except OSError:
            pause()
    with lock:
        entry.low, entry.high = value
        entry.state = 2
        changed.notify_all()
    return value
