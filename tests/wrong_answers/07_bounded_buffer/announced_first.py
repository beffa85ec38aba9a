"""put: announced before it is there.

The learner wakes the consumer early, so that it is ready in time.
"""


def start_counts(size):
    return [size, 0]


def put(buffer, item, locks, units):
    units[0].acquire()
    units[1].release()
    with locks[0]:
        buffer.slots[buffer.tail % len(buffer.slots)] = item
        buffer.tail += 1


def get(buffer, locks, units):
    units[1].acquire()
    with locks[0]:
        item = buffer.slots[buffer.head % len(buffer.slots)]
        buffer.head += 1
    units[0].release()
    return item
