"""get_or_load: looked, then loaded.

The learner believes that a key that is not there now is not there either when it is loaded.
"""


def get_or_load(cache, key, load, lock, changed):
    entry = cache[key]
    if entry.state == 0:
        entry.low, entry.high = load(key)
        entry.state = 1
    return entry.low, entry.high
