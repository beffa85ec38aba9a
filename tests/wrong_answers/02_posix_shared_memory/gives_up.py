"""create_or_open: gave up waiting.

The learner thinks that a creator who has not come after 300 looks will not come any more.
"""


def create_or_open(name, size, seat):
    try:
        descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        os.posix_fallocate(descriptor, 0, size)
        created = True
    except FileExistsError:
        descriptor = shm_open(name, os.O_RDWR)
        looks = 0
        while os.fstat(descriptor).st_size < size:
            time.sleep(0.001)
            looks += 1
            if looks == 300:
                os.ftruncate(descriptor, size)
        created = False
    with mmap.mmap(descriptor, size) as memory:
        memory[seat] = 1
    os.close(descriptor)
    return created
