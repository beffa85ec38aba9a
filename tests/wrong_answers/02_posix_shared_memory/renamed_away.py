"""replace: a segment too many.

The learner puts yesterday's aside, and nobody will ever unlink it.
"""


def replace(name, content):
    os.rename("/dev/shm" + name, "/dev/shm" + name + "-old")
    descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    os.posix_fallocate(descriptor, 0, len(content))
    with mmap.mmap(descriptor, len(content)) as memory:
        memory[:] = content
    os.close(descriptor)
