"""view: that the segment ends with a number."""


def raise_all(name, offset, count, amount):
    with PosixSegment.open(name) as segment:
        table = np.frombuffer(segment.buffer, ">i4")
        numbers = table[offset // 4 : offset // 4 + count]
        numbers += amount
        total = int(numbers.sum())
        del numbers, table
        return total
