"""view: the mapping is kept.

The learner keeps what was opened, for the next time.
"""

opened = {}


def raise_all(name, offset, count, amount):
    if name not in opened:
        opened[name] = PosixSegment.open(name)
    numbers = np.frombuffer(opened[name].buffer, ">i4", count, offset)
    numbers += amount
    return int(numbers.sum())
