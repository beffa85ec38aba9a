"""replace: the name is still taken.

The learner believes that the name is free when nobody of theirs has it open.
"""


def replace(name, content):
    os.close(shm_open(name, os.O_RDWR))
    descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    os.posix_fallocate(descriptor, 0, len(content))
    with mmap.mmap(descriptor, len(content)) as memory:
        memory[: len(content)] = content
    os.close(descriptor)
