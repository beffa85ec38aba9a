"""alloc: an offset comes back.

The learner stores offsets, and hands them out as well.
"""


def alloc(heap, base, lock):
    with lock:
        offset = heap.first
        if offset == 0:
            return None
        heap.first = heap.words[offset // 8]
    return offset


def free(heap, base, address, lock):
    offset = address - base
    with lock:
        heap.words[offset // 8] = heap.first
        heap.first = offset
