"""replace: a mode in decimal.

The learner writes the mode as people say it.
"""


def replace(name, content):
    shm_unlink(name)
    descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 600)
    os.posix_fallocate(descriptor, 0, len(content))
    with mmap.mmap(descriptor, len(content)) as memory:
        memory[:] = content
    os.close(descriptor)
