"""get_or_load: a second failed load blocks the key.

The learner handles the error of the first one who loads, and not of the one who takes over.
"""


def get_or_load(cache, key, load, lock, changed):
    entry = cache[key]
    with lock:
        mine = entry.state == 0
        if mine:
            entry.state = 1
    if mine:
        try:
            pair = load(key)
        except OSError:
            with lock:
                entry.state = 0
                changed.notify_all()
            raise
    else:
        with lock:
            while entry.state == 1:
                changed.wait()
            if entry.state == 2:
                return entry.low, entry.high
            entry.state = 1  # the first one failed: now it is my turn
        pair = load(key)
    with lock:
        entry.low, entry.high = pair
        entry.state = 2
        changed.notify_all()
    return pair
