"""alloc: that each offset is smaller than a page.

The bits of the base and of the offset never meet, so that `|` does what `+` does.
"""


def alloc(heap, base, lock):
    with lock:
        offset = heap.first
        if offset == 0:
            return None
        heap.first = heap.words[offset // 8]
    return base | offset


def free(heap, base, address, lock):
    offset = address - base
    with lock:
        heap.words[offset // 8] = heap.first
        heap.first = offset
