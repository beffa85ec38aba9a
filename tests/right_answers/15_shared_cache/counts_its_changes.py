"""alloc: no lock: each change of the first block counts up, beside its offset."""


def alloc(heap, base, lock):
    while True:
        seen = heap.first
        offset = seen % 4096
        if offset == 0:
            return None
        following = heap.words[offset // 8]
        if compare_exchange(heap, "first", seen, seen - offset + 4096 + following % 4096):
            return base + offset
        pause()


def free(heap, base, address, lock):
    offset = address - base
    while True:
        seen = heap.first
        heap.words[offset // 8] = seen % 4096
        if compare_exchange(heap, "first", seen, seen - seen % 4096 + 4096 + offset):
            return
        pause()
