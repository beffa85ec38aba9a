"""replace: cut under its readers.

The learner gives the old memory back before the name, to be tidy.
"""


def replace(name, content):
    descriptor = shm_open(name, os.O_RDWR)
    os.ftruncate(descriptor, 0)
    os.close(descriptor)
    shm_unlink(name)
    descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    os.posix_fallocate(descriptor, 0, len(content))
    with mmap.mmap(descriptor, len(content)) as memory:
        memory[: len(content)] = content
    os.close(descriptor)
