"""view: the view outlives the mapping.

The learner closes the segment while the array is still there.
"""


def raise_all(name, offset, count, amount):
    with PosixSegment.open(name) as segment:
        numbers = np.frombuffer(segment.buffer, ">i4", count, offset)
        numbers += amount
    return int(numbers.sum())
