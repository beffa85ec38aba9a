"""alloc: taken without the lock.

The learner believes that only putting back changes the list.
"""


def alloc(heap, base, lock):
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
