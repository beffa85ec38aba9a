"""put: producers and consumers have a mutex each, and the units are the other way round."""


def start_counts(size):
    return (0, size)


def put(buffer, item, locks, units):
    units[1].acquire()
    locks[0].acquire()
    buffer.slots[buffer.head] = item
    buffer.head = (buffer.head + 1) % len(buffer.slots)
    locks[0].release()
    units[0].release()


def get(buffer, locks, units):
    units[0].acquire()
    locks[1].acquire()
    item = buffer.slots[buffer.tail]
    buffer.tail = (buffer.tail + 1) % len(buffer.slots)
    locks[1].release()
    units[1].release()
    return item
