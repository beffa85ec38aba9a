"""put: that eight is a multiple of the size."""


def start_counts(size):
    return [size, 0]


def put(buffer, item, locks, units):
    units[0].acquire()
    with locks[0]:
        buffer.slots[buffer.tail % len(buffer.slots)] = item
        buffer.tail = (buffer.tail + 1) % 8
    units[1].release()


def get(buffer, locks, units):
    units[1].acquire()
    with locks[0]:
        item = buffer.slots[buffer.head % len(buffer.slots)]
        buffer.head = (buffer.head + 1) % 8
    units[0].release()
    return item
