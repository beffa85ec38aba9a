"""replace: nothing was stored.

The learner gives the variable another value.
"""


def replace(name, content):
    shm_unlink(name)
    descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    os.posix_fallocate(descriptor, 0, len(content))
    memory = mmap.mmap(descriptor, len(content))
    memory = content
    os.close(descriptor)
    return memory
