"""view: more than was asked for.

The learner lays the array from the offset to the end of the segment.
"""


def raise_all(name, offset, count, amount):
    with PosixSegment.open(name) as segment:
        numbers = np.frombuffer(segment.buffer, ">i4", offset=offset)
        numbers += amount
        total = int(numbers[:count].sum())
        del numbers
        return total
