"""push: the indexes wrap at the wrong number.

The learner wants small numbers, and forgets that 8 is no multiple of some sizes.
"""


def push(ring, item):
    size = len(ring.slots)
    tail = ring.tail
    if (tail - ring.head) % 8 == size:
        return False
    ring.slots[tail % size] = item
    ring.tail = (tail + 1) % 8
    return True


def pop(ring):
    size = len(ring.slots)
    head = ring.head
    if head == ring.tail:
        return None
    item = ring.slots[head % size]
    ring.head = (head + 1) % 8
    return item
