"""put: that no item is -1."""


def start_counts(size):
    return [size, 0]


def put(buffer, item, locks, units):
    units[0].acquire()
    with locks[0]:
        buffer.slots[buffer.tail % len(buffer.slots)] = item + 1  # 0: nothing is there
        buffer.tail += 1
    units[1].release()


def get(buffer, locks, units):
    units[1].acquire()
    with locks[0]:
        if buffer.slots[buffer.head % len(buffer.slots)] == 0:
            buffer.head += 1
        item = buffer.slots[buffer.head % len(buffer.slots)] - 1
        buffer.slots[buffer.head % len(buffer.slots)] = 0
        buffer.head += 1
    units[0].release()
    return item
