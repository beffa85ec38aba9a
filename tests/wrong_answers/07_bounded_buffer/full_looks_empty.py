"""push: a full ring looks empty.

The learner keeps the indexes within the slots, and compares them.
"""


def push(ring, item):
    if ring.tail - ring.head == len(ring.slots):
        return False
    ring.slots[ring.tail] = item
    ring.tail = (ring.tail + 1) % len(ring.slots)
    return True


def pop(ring):
    if ring.tail == ring.head:
        return None
    item = ring.slots[ring.head]
    ring.head = (ring.head + 1) % len(ring.slots)
    return item
