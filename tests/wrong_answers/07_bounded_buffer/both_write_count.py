"""push: both change one number.

The learner counts what is inside.
"""


def push(ring, item):
    if ring.count == len(ring.slots):
        return False
    ring.slots[ring.tail] = item
    ring.tail = (ring.tail + 1) % len(ring.slots)
    ring.count += 1
    return True


def pop(ring):
    if ring.count == 0:
        return None
    item = ring.slots[ring.head]
    ring.head = (ring.head + 1) % len(ring.slots)
    ring.count -= 1
    return item
