"""view: the offset counts bytes.

The learner takes the offset for an index into the array.
"""


def raise_all(name, offset, count, amount):
    with PosixSegment.open(name) as segment:
        everything = np.frombuffer(segment.buffer, ">i4")
        numbers = everything[offset : offset + count]
        numbers += amount
        total = int(numbers.sum())
        del everything, numbers
        return total
