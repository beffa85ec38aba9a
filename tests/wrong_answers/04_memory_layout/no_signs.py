"""view: numbers without a sign.

The learner takes numbers in memory for numbers from 0 up.
"""


def raise_all(name, offset, count, amount):
    with PosixSegment.open(name) as segment:
        numbers = np.frombuffer(segment.buffer, ">u4", count, offset)
        numbers += amount
        total = int(numbers.sum())
        del numbers
        return total
