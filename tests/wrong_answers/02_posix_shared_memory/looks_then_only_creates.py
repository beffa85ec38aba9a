"""create_or_open: looked first, then failed.

The learner uses the right flag, and believes that it cannot fail after a look.
"""


def create_or_open(name, size, seat):
    created = not os.path.exists("/dev/shm" + name)
    if created:
        descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        os.posix_fallocate(descriptor, 0, size)
    else:
        descriptor = shm_open(name, os.O_RDWR)
    while os.fstat(descriptor).st_size < size:
        time.sleep(0.001)
    with mmap.mmap(descriptor, size) as memory:
        memory[seat] = 1
    os.close(descriptor)
    return created
