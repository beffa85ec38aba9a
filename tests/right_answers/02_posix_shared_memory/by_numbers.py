"""explain_error: a table from errno to advice."""

ADVICE = {
    errno.ENOENT: "create it",
    errno.EACCES: "ask its owner",
    errno.EEXIST: "open it",
    errno.EINVAL: "another name",
    errno.ENAMETOOLONG: "another name",
    errno.ENOSPC: "free some memory",
}


def open_or_explain(name):
    try:
        descriptor = shm_open(name, os.O_RDWR)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.EACCES):
            return ADVICE[error.errno]
        raise
    try:
        mmap.mmap(descriptor, 0).close()
    except ValueError:
        return "wait"
    finally:
        os.close(descriptor)
    return "ready"


def make_or_explain(name, size):
    descriptor, advice = None, "made"
    try:
        descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        os.posix_fallocate(descriptor, 0, size)
    except OSError as error:
        if descriptor is not None:
            shm_unlink(name)
        if error.errno not in ADVICE:
            raise
        advice = ADVICE[error.errno]
    finally:
        if descriptor is not None:
            os.close(descriptor)
    return advice
