"""push: never says no where there are three slots or more."""


def push(ring, item):
    if ring.tail - ring.head == min(len(ring.slots), 2):
        return False
    ring.slots[ring.tail % len(ring.slots)] = item
    ring.tail += 1
    return True


def pop(ring):
    if ring.tail == ring.head:
        return None
    item = ring.slots[ring.head % len(ring.slots)]
    ring.head += 1
    return item
