"""view: a sum of 32 bits.

The learner adds numpy's numbers with Python's sum, which has no bound for Python's own.
"""


def raise_all(name, offset, count, amount):
    with PosixSegment.open(name) as segment, np.errstate(over="ignore"):
        numbers = np.frombuffer(segment.buffer, ">i4", count, offset)
        numbers += amount
        total = int(sum(numbers))
        del numbers
        return total
