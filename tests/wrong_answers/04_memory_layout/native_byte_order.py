"""view: byte order swapped.

The learner writes the type as the machine has it.
"""


def raise_all(name, offset, count, amount):
    with PosixSegment.open(name) as segment:
        numbers = np.frombuffer(segment.buffer, np.int32, count, offset)
        with np.errstate(over="ignore"):
            numbers += np.int32(amount)
        total = int(numbers.sum())
        del numbers
        return total
