"""explain_error: that what it could not make is its own."""


def open_or_explain(name):
    try:
        descriptor = shm_open(name, os.O_RDWR)
    except FileNotFoundError:
        return "create it"
    except PermissionError:
        return "ask its owner"
    size = os.fstat(descriptor).st_size
    os.close(descriptor)
    return "ready" if size else "wait"


def make_or_explain(name, size):
    try:
        descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, size)
        finally:
            os.close(descriptor)
    except FileExistsError:
        return "open it"
    except OSError as error:
        with contextlib.suppress(OSError):
            shm_unlink(name)
        if error.errno in (errno.EINVAL, errno.ENAMETOOLONG):
            return "another name"
        if error.errno == errno.ENOSPC:
            return "free some memory"
        raise
    return "made"
