"""view: unlinked by a guest.

The learner cleans up what it has used.
"""


def raise_all(name, offset, count, amount):
    segment = PosixSegment.open(name)
    numbers = np.frombuffer(segment.buffer, ">i4", count, offset)
    numbers += amount
    total = int(numbers.sum())
    del numbers
    segment.close()
    segment.unlink()
    return total
