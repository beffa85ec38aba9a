"""push: the count is changed by both, each time in one step."""

from shmlab import fetch_add


def push(ring, item):
    if ring.count == len(ring.slots):
        return False
    ring.slots[ring.tail] = item
    ring.tail = (ring.tail + 1) % len(ring.slots)
    fetch_add(ring, "count", 1)
    return True


def pop(ring):
    if ring.count == 0:
        return None
    item = ring.slots[ring.head]
    ring.head = (ring.head + 1) % len(ring.slots)
    fetch_add(ring, "count", -1)
    return item
