"""view: the sum from before.

The learner takes the sum first, and forgets that it does not follow the array.
"""


def raise_all(name, offset, count, amount):
    with PosixSegment.open(name) as segment:
        numbers = np.frombuffer(segment.buffer, ">i4", count, offset)
        total = int(numbers.sum())
        numbers += amount
        del numbers
        return total
