"""replace: written over.

The learner believes that the readers have their own copy of yesterday.
"""


def replace(name, content):
    descriptor = shm_open(name, os.O_CREAT | os.O_RDWR, 0o600)
    os.posix_fallocate(descriptor, 0, len(content))
    with mmap.mmap(descriptor, len(content)) as memory:
        memory[: len(content)] = content
    os.close(descriptor)
