"""push: never says that it is full.

The learner thinks that a ring goes on for ever.
"""


def push(ring, item):
    ring.slots[ring.tail % len(ring.slots)] = item
    ring.tail += 1
    return True


def pop(ring):
    if ring.tail == ring.head:
        return None
    item = ring.slots[ring.head % len(ring.slots)]
    ring.head += 1
    return item
