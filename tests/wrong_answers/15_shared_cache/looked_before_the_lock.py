"""alloc: looked before the lock.

The learner believes that a list that was not empty stays so until the lock is there.
"""


def alloc(heap, base, lock):
    if heap.first == 0:
        return None
    with lock:
        offset = heap.first
        heap.first = heap.words[offset // 8]
    return base + offset


def free(heap, base, address, lock):
    offset = address - base
    with lock:
        heap.words[offset // 8] = heap.first
        heap.first = offset
