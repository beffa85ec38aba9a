"""get_or_load: nobody is told that it is being loaded.

The learner believes that a look under the lock is enough, and the lock is given back to load.
"""


def get_or_load(cache, key, load, lock, changed):
    entry = cache[key]
    with lock:
        if entry.state == 2:
            return entry.low, entry.high
    value = load(key)
    with lock:
        entry.low, entry.high = value
        entry.state = 2
    return value
