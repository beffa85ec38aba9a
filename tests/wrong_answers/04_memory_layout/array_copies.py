"""view: the array is a copy.

The learner makes an array of the right type, and believes that it still lies over the memory.
"""


def raise_all(name, offset, count, amount):
    with PosixSegment.open(name) as segment:
        numbers = np.array(np.frombuffer(segment.buffer, ">i4", count, offset))
        numbers += amount
        return int(numbers.sum())
