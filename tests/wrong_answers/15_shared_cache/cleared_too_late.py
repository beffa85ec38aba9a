"""alloc: cleared when it is another's.

The learner clears what is given back, and does so when all else is done.
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
    with lock:
        heap.words[offset // 8] = heap.first
        heap.first = offset
    heap.words[offset // 8 + 1] = 0
