"""replace: still mapped.

The learner keeps the new one, so that it stays.
"""

kept = []


def replace(name, content):
    shm_unlink(name)
    descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    os.posix_fallocate(descriptor, 0, len(content))
    kept.append(mmap.mmap(descriptor, len(content)))
    kept[-1][:] = content
    os.close(descriptor)
