"""create_or_open: opened before it had a size.

The learner believes that a name comes with its size.
"""


def create_or_open(name, size, seat):
    try:
        descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        os.posix_fallocate(descriptor, 0, size)
        created = True
    except FileExistsError:
        descriptor = shm_open(name, os.O_RDWR)
        created = False
    with mmap.mmap(descriptor, size) as memory:
        memory[seat] = 1
    os.close(descriptor)
    return created
