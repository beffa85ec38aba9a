"""alloc: the same first block, another list.

The learner counts the changes, and begins again at 0 after four.
"""


def alloc(heap, base, lock):
    while True:
        top = heap.first
        if top % 65536 == 0:
            return None
        offset = top % 65536
        nxt = heap.words[offset // 8]
        tag = (top // 65536 + 1) % 4
        if compare_exchange(heap, "first", top, tag * 65536 + nxt):
            return base + offset


def free(heap, base, address, lock):
    offset = address - base
    while True:
        top = heap.first
        heap.words[offset // 8] = top % 65536
        tag = (top // 65536 + 1) % 4
        if compare_exchange(heap, "first", top, tag * 65536 + offset):
            return
