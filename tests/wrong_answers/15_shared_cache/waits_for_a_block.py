"""alloc: waits where it should say None.

The learner believes that an allocator waits until a block is free, with the lock that would be needed to free one.
"""


def alloc(heap, base, lock):
    with lock:
        while heap.first == 0:
            pause()
        offset = heap.first
        heap.first = heap.words[offset // 8]
    return base + offset


def free(heap, base, address, lock):
    offset = address - base
    with lock:
        heap.words[offset // 8] = heap.first
        heap.first = offset
