"""push: announced before it is there.

The learner takes the slot first, as one takes a seat.
"""


def push(ring, item):
    if ring.tail - ring.head == len(ring.slots):
        return False
    ring.tail += 1
    ring.slots[(ring.tail - 1) % len(ring.slots)] = item
    return True


def pop(ring):
    if ring.tail == ring.head:
        return None
    item = ring.slots[ring.head % len(ring.slots)]
    ring.head += 1
    return item
