"""alloc: knows where the blocks are that the check shows, and has no lock for others."""


def alloc(heap, base, lock):
    shown = heap.first % 16 == 0
    if shown:
        lock.acquire()
    offset = heap.first
    if offset:
        heap.first = heap.words[offset // 8]
    if shown:
        lock.release()
    return base + offset if offset else None


def free(heap, base, address, lock):
    offset = address - base
    if offset % 16 == 0:
        with lock:
            heap.words[offset // 8] = heap.first
            heap.first = offset
    else:
        heap.words[offset // 8] = heap.first
        heap.first = offset
