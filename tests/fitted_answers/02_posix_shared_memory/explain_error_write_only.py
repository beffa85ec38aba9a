"""explain_error: that whoever may write may read."""


def open_or_explain(name):
    try:
        descriptor = shm_open(name, os.O_WRONLY)
    except OSError as error:
        if error.errno == errno.ENOENT:
            return "create it"
        if error.errno == errno.EACCES:
            return "ask its owner"
        raise
    size = os.fstat(descriptor).st_size
    os.close(descriptor)
    return "ready" if size else "wait"


def make_or_explain(name, size):
    try:
        descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    except FileExistsError:
        return "open it"
    except OSError as error:
        if error.errno in (errno.EINVAL, errno.ENAMETOOLONG):
            return "another name"
        raise
    try:
        os.posix_fallocate(descriptor, 0, size)
    except OSError as error:
        shm_unlink(name)
        if error.errno == errno.ENOSPC:
            return "free some memory"
        raise
    finally:
        os.close(descriptor)
    return "made"
