"""create_or_open: opened for created.

The learner believes that O_CREAT says that the segment is new.
"""


def create_or_open(name, size, seat):
    descriptor = shm_open(name, os.O_CREAT | os.O_RDWR, 0o600)
    os.posix_fallocate(descriptor, 0, size)
    created = True
    with mmap.mmap(descriptor, size) as memory:
        memory[seat] = 1
    os.close(descriptor)
    return created
