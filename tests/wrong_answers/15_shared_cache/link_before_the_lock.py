"""alloc: put back without the lock.

The learner thinks that only the store of the first block needs the lock.
"""


def alloc(heap, base, lock):
    with lock:
        first = heap.first
        if first == 0:
            return None
        heap.first = heap.words[first // 8]
        return base + first


def free(heap, base, address, lock):
    offset = address - base
    heap.words[offset // 8] = heap.first
    with lock:
        heap.first = offset
