"""push: that a thousand is a multiple of the size."""


def push(ring, item):
    ### BEGIN SOLUTION
    if (ring.tail - ring.head) % 1000 == len(ring.slots):
        return False
    ring.slots[ring.tail % len(ring.slots)] = item
    ring.tail = (ring.tail + 1) % 1000
    return True
    ### END SOLUTION


def pop(ring):
    ### BEGIN SOLUTION
    if ring.tail == ring.head:
        return None
    item = ring.slots[ring.head % len(ring.slots)]
    ring.head = (ring.head + 1) % 1000
    return item
    ### END SOLUTION
