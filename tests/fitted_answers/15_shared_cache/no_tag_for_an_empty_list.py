"""alloc: that nobody empties the list and fills it again meanwhile.

The tag begins anew with the list.
"""


def alloc(heap, base, lock):
    while True:
        old = heap.first
        offset, tag = old & 0xFFFFFFFF, old >> 32
        if not offset:
            return None
        nxt = heap.words[offset // 8]
        new = nxt | (tag + 1) << 32 if nxt else 0
        if compare_exchange(heap, "first", old, new):
            return base + offset
        pause()


def free(heap, base, address, lock):
    offset = address - base
    while True:
        old = heap.first
        first, tag = old & 0xFFFFFFFF, old >> 32
        heap.words[offset // 8] = first
        if compare_exchange(heap, "first", old, offset | (tag + 1) << 32):
            return
        pause()
