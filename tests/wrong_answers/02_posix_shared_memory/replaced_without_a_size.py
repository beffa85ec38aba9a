"""replace: no size.

The learner believes that mmap gives the segment its size.
"""


def replace(name, content):
    shm_unlink(name)
    descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    with mmap.mmap(descriptor, len(content)) as memory:
        memory[:] = content
    os.close(descriptor)
