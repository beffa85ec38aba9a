"""create_or_open: unlinked by the tracker.

The learner believes that a segment of SharedMemory stays when nobody unlinks it.
"""

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
    segment.buf[seat] = 1
    segment.close()
    return created
