"""replace: nothing under the name.

The learner tidies up at the end, as everybody should.
"""


def replace(name, content):
    shm_unlink(name)
    descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    os.posix_fallocate(descriptor, 0, len(content))
    with mmap.mmap(descriptor, len(content)) as memory:
        memory[: len(content)] = content
    os.close(descriptor)
    shm_unlink(name)
