"""write_pair: the last lock, the halves by name in a loop, the right one first."""


def write_pair(pair, locks, compute):
    numbers = dict(zip(("left", "right"), compute(), strict=True))
    locks[-1].acquire()
    try:
        for half in ("right", "left"):
            setattr(pair, half, numbers[half])
    finally:
        locks[-1].release()


def read_pair(pair, locks):
    locks[-1].acquire()
    try:
        return tuple([getattr(pair, half) for half in ("left", "right")])
    finally:
        locks[-1].release()
