"""alloc: free puts a block at the end of the list."""


def alloc(heap, base, lock):
    lock.acquire()
    offset = heap.first
    if offset:
        heap.first = heap.words[offset // 8]
    lock.release()
    return base + offset if offset else None


def free(heap, base, address, lock):
    with lock:
        block = (address - base) // 8
        heap.words[block] = 0
        if heap.first == 0:
            heap.first = block * 8
        else:
            last = heap.first // 8
            while heap.words[last]:
                last = heap.words[last] // 8
            heap.words[last] = block * 8
