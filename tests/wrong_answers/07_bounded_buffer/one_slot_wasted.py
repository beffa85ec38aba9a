"""push: one slot stays empty.

The learner knows how to tell full from empty, and does not see its price.
"""


def push(ring, item):
    after = (ring.tail + 1) % len(ring.slots)
    if after == ring.head:
        return False
    ring.slots[ring.tail] = item
    ring.tail = after
    return True


def pop(ring):
    if ring.tail == ring.head:
        return None
    item = ring.slots[ring.head]
    ring.head = (ring.head + 1) % len(ring.slots)
    return item
