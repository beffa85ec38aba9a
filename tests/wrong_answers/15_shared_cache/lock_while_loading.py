"""get_or_load: the lock is held while it loads.

The learner believes that what must happen once must happen under the lock.
"""


def get_or_load(cache, key, load, lock, changed):
    entry = cache[key]
    with lock:
        if entry.state == 0:
            entry.low, entry.high = load(key)
            entry.state = 1
        return entry.low, entry.high
