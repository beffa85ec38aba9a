"""alloc: the same first block, another list.

The learner believes that nothing has happened where the number is the same.
"""


def alloc(heap, base, lock):
    while True:
        offset = heap.first
        if offset == 0:
            return None
        if compare_exchange(heap, "first", offset, heap.words[offset // 8]):
            return base + offset
        pause()


def free(heap, base, address, lock):
    offset = address - base
    while True:
        first = heap.first
        heap.words[offset // 8] = first
        if compare_exchange(heap, "first", first, offset):
            return
        pause()
