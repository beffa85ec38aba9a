"""reserve: nothing after the first failure is told.

The learner removes them, and does not say so.
"""


def reserve(wanted):
    events, made = [], []
    try:
        for name, size in wanted:
            descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
            made.append(name)
            try:
                os.posix_fallocate(descriptor, 0, size)
            finally:
                os.close(descriptor)
            events.append(("create", name))
    except OSError as error:
        events.append(("fail", name, errno.errorcode[error.errno]))
        for one in made:
            shm_unlink(one)
    return events
