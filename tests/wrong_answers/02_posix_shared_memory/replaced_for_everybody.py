"""replace: a mode for everybody.

The learner leaves the mode out.
"""


def replace(name, content):
    shm_unlink(name)
    descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR)
    os.posix_fallocate(descriptor, 0, len(content))
    with mmap.mmap(descriptor, len(content)) as memory:
        memory[:] = content
    os.close(descriptor)
