"""push: 0 is taken for nothing.

The learner marks an empty slot by a 0.
"""


def push(ring, item):
    at = ring.tail % len(ring.slots)
    if ring.slots[at] != 0:
        return False
    ring.slots[at] = item
    ring.tail += 1
    return True


def pop(ring):
    at = ring.head % len(ring.slots)
    item = ring.slots[at]
    if item == 0:
        return None
    ring.slots[at] = 0
    ring.head += 1
    return item
