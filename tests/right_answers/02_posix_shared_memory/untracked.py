"""create_or_open: with SharedMemory, which the resource tracker is told to forget."""

from multiprocessing import resource_tracker
from multiprocessing.shared_memory import SharedMemory


def create_or_open(name, size, seat):
    try:
        segment, created = SharedMemory(name, create=True, size=size), True
    except FileExistsError:
        segment, created = None, False
    while segment is None:
        try:
            segment = SharedMemory(name)
        except ValueError:
            time.sleep(0.001)
    resource_tracker.unregister(segment._name, "shared_memory")
    segment.buf[seat] = 1
    segment.close()
    return created
