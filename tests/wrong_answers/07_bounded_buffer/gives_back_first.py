"""put: given back before it is read.

The learner gives the unit of room back as soon as an item is sure to be there.
"""


def start_counts(size):
    return [size, 0]


def put(buffer, item, locks, units):
    units[0].acquire()
    with locks[0]:
        buffer.slots[buffer.tail % len(buffer.slots)] = item
        buffer.tail += 1
    units[1].release()


def get(buffer, locks, units):
    units[1].acquire()
    units[0].release()
    with locks[0]:
        item = buffer.slots[buffer.head % len(buffer.slots)]
        buffer.head += 1
    return item
