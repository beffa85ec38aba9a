"""get_or_load: looks at the clock, and prints how long a load takes."""

import time


def get_or_load(cache, key, load, lock, changed):
    entry = cache[key]
    with lock:
        while entry.state == 1:
            changed.wait()
        if entry.state == 2:
            return entry.low, entry.high
        entry.state = 1
    began = time.perf_counter()
    try:
        value = load(key)
    except OSError:
        with lock:
            entry.state = 0
            changed.notify_all()
        raise
    print(f"key {key}: {time.perf_counter() - began:.6f} s")
    with lock:
        entry.low, entry.high = value
        entry.state = 2
        changed.notify_all()
    return value
