"""push: waits instead of saying no.

The learner waits, as in the exercise before.
"""


def push(ring, item):
    while ring.tail - ring.head == len(ring.slots):
        pass
    ring.slots[ring.tail % len(ring.slots)] = item
    ring.tail += 1
    return True


def pop(ring):
    if ring.tail == ring.head:
        return None
    item = ring.slots[ring.head % len(ring.slots)]
    ring.head += 1
    return item
