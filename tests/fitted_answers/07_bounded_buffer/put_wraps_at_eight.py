"""put: that eight is a multiple of the size."""


def start_counts(size):
    ### BEGIN SOLUTION
    return [size, 0]
    ### END SOLUTION


def put(buffer, item, locks, units):
    ### BEGIN SOLUTION
    units[0].acquire()
    with locks[0]:
        buffer.slots[buffer.tail % len(buffer.slots)] = item
        buffer.tail = (buffer.tail + 1) % 8
    units[1].release()
    ### END SOLUTION


def get(buffer, locks, units):
    ### BEGIN SOLUTION
    units[1].acquire()
    with locks[0]:
        item = buffer.slots[buffer.head % len(buffer.slots)]
        buffer.head = (buffer.head + 1) % 8
    units[0].release()
    return item
    ### END SOLUTION
