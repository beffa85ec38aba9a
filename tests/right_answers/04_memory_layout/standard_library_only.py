"""view: multiprocessing.shared_memory and struct.

The learner uses neither numpy nor PosixSegment, and writes a copy back.
"""


def raise_all(name, offset, count, amount):
    from multiprocessing import resource_tracker, shared_memory

    shared = shared_memory.SharedMemory(name.lstrip("/"))
    resource_tracker.unregister(shared._name, "shared_memory")  # before Python 3.13, it would unlink it at the end
    numbers = [number + amount for number in struct.unpack_from(f">{count}i", shared.buf, offset)]
    struct.pack_into(f">{count}i", shared.buf, offset, *numbers)
    shared.close()
    return sum(numbers)
