"""put: nobody takes turns.

The learner has seen that one producer and one consumer need no mutex.
"""


def start_counts(size):
    return [size, 0]


def put(buffer, item, locks, units):
    units[0].acquire()
    buffer.slots[buffer.tail % len(buffer.slots)] = item
    buffer.tail += 1
    units[1].release()


def get(buffer, locks, units):
    units[1].acquire()
    item = buffer.slots[buffer.head % len(buffer.slots)]
    buffer.head += 1
    units[0].release()
    return item
