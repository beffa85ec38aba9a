"""create_or_open: no size.

The learner believes that mmap gives the segment its size.
"""


def create_or_open(name, size, seat):
    try:
        descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        created = True
    except FileExistsError:
        descriptor = shm_open(name, os.O_RDWR)
        created = False
    with mmap.mmap(descriptor, size) as memory:
        memory[seat] = 1
    os.close(descriptor)
    return created
