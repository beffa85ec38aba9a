"""put: room is never given back.

The learner thinks that a slot is free by itself when its item was got.
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
    with locks[0]:
        item = buffer.slots[buffer.head % len(buffer.slots)]
        buffer.head += 1
    return item
