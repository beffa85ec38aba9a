"""alloc: put back without the lock.

The learner believes that a block that is one's own can be put back without asking anybody.
"""


def alloc(heap, base, lock):
    with lock:
        offset = heap.first
        if offset == 0:
            return None
        heap.first = heap.words[offset // 8]
    return base + offset


def free(heap, base, address, lock):
    offset = address - base
    heap.words[offset // 8] = heap.first
    heap.first = offset
