"""create_or_open: looked first, then created.

The learner believes that what was true a line ago is still true.
"""


def create_or_open(name, size, seat):
    created = not os.path.exists("/dev/shm" + name)
    descriptor = shm_open(name, os.O_CREAT | os.O_RDWR, 0o600)
    if created:
        os.posix_fallocate(descriptor, 0, size)
    while os.fstat(descriptor).st_size < size:
        time.sleep(0.001)
    with mmap.mmap(descriptor, size) as memory:
        memory[seat] = 1
    os.close(descriptor)
    return created
