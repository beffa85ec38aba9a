"""create_or_open: made anew by whoever comes.

The learner empties the segment, as one does with a file that is to be written.
"""


def create_or_open(name, size, seat):
    try:
        descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        created = True
    except FileExistsError:
        descriptor = shm_open(name, os.O_RDWR | os.O_TRUNC)
        created = False
    os.posix_fallocate(descriptor, 0, size)
    with mmap.mmap(descriptor, size) as memory:
        memory[seat] = 1
    os.close(descriptor)
    return created
