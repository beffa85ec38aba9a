"""create_or_open: nothing under the name.

The learner tidies up what others are still to find.
"""


def create_or_open(name, size, seat):
    try:
        descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        os.posix_fallocate(descriptor, 0, size)
        created = True
    except FileExistsError:
        descriptor = shm_open(name, os.O_RDWR)
        while os.fstat(descriptor).st_size < size:
            time.sleep(0.001)
        created = False
    with mmap.mmap(descriptor, size) as memory:
        memory[seat] = 1
    os.close(descriptor)
    shm_unlink(name)
    return created
