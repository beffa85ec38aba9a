"""alloc: locked until it is put back.

The learner believes that the lock protects the block, and not the list.
"""


def alloc(heap, base, lock):
    lock.acquire()
    offset = heap.first
    if offset == 0:
        lock.release()
        return None
    heap.first = heap.words[offset // 8]
    return base + offset


def free(heap, base, address, lock):
    offset = address - base
    heap.words[offset // 8] = heap.first
    heap.first = offset
    lock.release()
