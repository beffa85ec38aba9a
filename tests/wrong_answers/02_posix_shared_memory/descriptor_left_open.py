"""replace: the descriptor is still open.

The learner believes that unmapping closes, too.
"""


def replace(name, content):
    shm_unlink(name)
    descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    os.posix_fallocate(descriptor, 0, len(content))
    with mmap.mmap(descriptor, len(content)) as memory:
        memory[: len(content)] = content
