"""explain_error: that only a name is invalid."""


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
    descriptor = None
    try:
        descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        os.posix_fallocate(descriptor, 0, size)
    except OSError as error:
        if descriptor is not None:
            shm_unlink(name)
        if error.errno == errno.EEXIST:
            return "open it"
        if error.errno in (errno.EINVAL, errno.ENAMETOOLONG):
            return "another name"
        if error.errno == errno.ENOSPC:
            return "free some memory"
        raise
    finally:
        if descriptor is not None:
            os.close(descriptor)
    return "made"
