"""alloc: None, and the lock is gone.

The learner forgets the lock on the way out that is seldom taken.
"""


def alloc(heap, base, lock):
    lock.acquire()
    offset = heap.first
    if offset == 0:
        return None
    heap.first = heap.words[offset // 8]
    lock.release()
    return base + offset


def free(heap, base, address, lock):
    offset = address - base
    with lock:
        heap.words[offset // 8] = heap.first
        heap.first = offset
