"""get_or_load: one loop, and whoever gets the value wakes the others as well."""


def get_or_load(cache, key, load, lock, changed):
    entry = cache[key]
    while True:
        with changed:
            if entry.state == 2:
                changed.notify_all()
                return (entry.low, entry.high)
            if entry.state == 0:
                entry.state = 1
                break
            changed.wait()
    try:
        pair = load(key)
    except Exception as error:
        with changed:
            entry.state = 0
            changed.notify_all()
        raise error
    with changed:
        entry.low = pair[0]
        entry.high = pair[1]
        entry.state = 2
        changed.notify_all()
        return pair
