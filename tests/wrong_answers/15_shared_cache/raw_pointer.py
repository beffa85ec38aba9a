"""alloc: addresses in the list.

The learner believes that an address means the same to every process: what is put back goes into the list as it came.
"""


def alloc(heap, base, lock):
    with lock:
        address = heap.first
        if address == 0:
            return None
        if address < base:
            address += base
        heap.first = heap.words[(address - base) // 8]
    return address


def free(heap, base, address, lock):
    with lock:
        heap.words[(address - base) // 8] = heap.first
        heap.first = address
