"""alloc: that offsets are below 256."""


def alloc(heap, base, lock):
    while True:
        first = heap.first
        offset = first & 0xFF
        if offset == 0:
            return None
        following = heap.words[offset // 8] & 0xFF
        tag = (first >> 8) + 1
        if compare_exchange(heap, "first", first, tag << 8 | following):
            return base + offset
        pause()


def free(heap, base, address, lock):
    offset = address - base
    while True:
        first = heap.first
        heap.words[offset // 8] = first & 0xFF
        tag = (first >> 8) + 1
        if compare_exchange(heap, "first", first, tag << 8 | offset):
            return
        pause()
