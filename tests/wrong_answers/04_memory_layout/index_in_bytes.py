"""view: an empty array.

The learner multiplies where it should divide, to come from bytes to elements.
"""


def raise_all(name, offset, count, amount):
    with PosixSegment.open(name) as segment:
        everything = np.frombuffer(segment.buffer, ">i4")
        numbers = everything[4 * offset : 4 * (offset + count)]
        numbers += amount
        total = int(numbers.sum())
        del everything, numbers
        return total
