"""replace: the wrong size.

The learner gives the new one a whole page.
"""


def replace(name, content):
    shm_unlink(name)
    descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    os.posix_fallocate(descriptor, 0, 4096)
    with mmap.mmap(descriptor, 4096) as memory:
        memory[: len(content)] = content
    os.close(descriptor)
