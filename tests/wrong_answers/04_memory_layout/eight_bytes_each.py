"""view: numbers of 8 bytes.

The learner takes the 4 in a type for halves of something.
"""


def raise_all(name, offset, count, amount):
    with PosixSegment.open(name) as segment:
        numbers = np.frombuffer(segment.buffer, ">i8", count, offset)
        numbers += amount
        total = int(numbers.sum())
        del numbers
        return total
