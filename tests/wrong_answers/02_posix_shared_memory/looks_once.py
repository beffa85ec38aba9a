"""create_or_open: looked at the size once.

The learner believes that a variable follows what it was made from.
"""


def create_or_open(name, size, seat):
    try:
        descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        os.posix_fallocate(descriptor, 0, size)
        created = True
    except FileExistsError:
        descriptor = shm_open(name, os.O_RDWR)
        found = os.fstat(descriptor).st_size
        while found < size:
            time.sleep(0.001)
        created = False
    with mmap.mmap(descriptor, size) as memory:
        memory[seat] = 1
    os.close(descriptor)
    return created
