"""alloc: put back without a link.

The learner believes that the block still holds the link that it had when it was taken.
"""


def alloc(heap, base, lock):
    with lock:
        offset = heap.first
        if offset == 0:
            return None
        heap.first = heap.words[offset // 8]
    return base + offset


def free(heap, base, address, lock):
    with lock:
        heap.first = address - base
