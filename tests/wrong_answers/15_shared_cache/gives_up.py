"""alloc: None where somebody came between.

The learner believes that a failed try means that there is no block. (The first block counts its changes.)
"""


def alloc(heap, base, lock):
    seen = heap.first
    offset = seen % 4096
    if offset and compare_exchange(heap, "first", seen, seen - offset + 4096 + heap.words[offset // 8] % 4096):
        return base + offset
    return None


def free(heap, base, address, lock):
    offset = address - base
    while True:
        seen = heap.first
        heap.words[offset // 8] = seen % 4096
        if compare_exchange(heap, "first", seen, seen - seen % 4096 + 4096 + offset):
            return
        pause()
