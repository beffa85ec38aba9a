"""push: given back before it is read.

The learner moves on, and then reads what is behind.
"""


def push(ring, item):
    if ring.tail - ring.head == len(ring.slots):
        return False
    ring.slots[ring.tail % len(ring.slots)] = item
    ring.tail += 1
    return True


def pop(ring):
    if ring.tail == ring.head:
        return None
    ring.head += 1
    return ring.slots[(ring.head - 1) % len(ring.slots)]
