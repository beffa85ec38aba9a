"""put: last in, first out.

The learner uses one number for both ends.
"""


def start_counts(size):
    return [size, 0]


def put(buffer, item, locks, units):
    units[0].acquire()
    with locks[0]:
        buffer.slots[buffer.head] = item
        buffer.head += 1
    units[1].release()


def get(buffer, locks, units):
    units[1].acquire()
    with locks[0]:
        buffer.head -= 1
        item = buffer.slots[buffer.head]
    units[0].release()
    return item
