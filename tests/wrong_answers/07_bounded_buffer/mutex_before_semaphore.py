"""put: waits with the mutex in its hand.

The learner protects all of it, the waiting too.
"""


def start_counts(size):
    return [size, 0]


def put(buffer, item, locks, units):
    with locks[0]:
        units[0].acquire()
        buffer.slots[buffer.tail % len(buffer.slots)] = item
        buffer.tail += 1
        units[1].release()


def get(buffer, locks, units):
    with locks[0]:
        units[1].acquire()
        item = buffer.slots[buffer.head % len(buffer.slots)]
        buffer.head += 1
        units[0].release()
    return item
