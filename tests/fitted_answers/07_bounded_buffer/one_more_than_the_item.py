"""push: takes 0 for an empty slot, and stores one more than the item.

It is right for every item but -1.
"""


def push(ring, item):
    if ring.slots[ring.tail] != 0:
        return False
    ring.slots[ring.tail] = item + 1
    ring.tail = (ring.tail + 1) % len(ring.slots)
    return True


def pop(ring):
    stored = ring.slots[ring.head]
    if stored == 0:
        return None
    ring.slots[ring.head] = 0
    ring.head = (ring.head + 1) % len(ring.slots)
    return stored - 1
