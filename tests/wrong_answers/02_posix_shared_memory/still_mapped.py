"""create_or_open: still mapped.

The learner keeps the mapping for the next time.
"""

kept = []


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
    kept.append(mmap.mmap(descriptor, size))
    kept[-1][seat] = 1
    os.close(descriptor)
    return created
