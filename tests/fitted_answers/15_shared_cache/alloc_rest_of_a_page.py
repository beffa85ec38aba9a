"""alloc: that each offset is smaller than a page.

What a page leaves over is taken for the offset.
"""


def alloc(heap, base, lock):
    with lock:
        offset = heap.first
        if offset == 0:
            return None
        heap.first = heap.words[offset // 8]
    return base + offset


def free(heap, base, address, lock):
    offset = address % 4096
    with lock:
        heap.words[offset // 8] = heap.first
        heap.first = offset
