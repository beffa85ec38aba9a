"""reserve: by itself for the rest, with posix_ipc."""

import posix_ipc


def reserve(wanted):
    if not wanted:
        return []
    (name, size), *rest = wanted
    segment = None
    try:
        segment = posix_ipc.SharedMemory(name, posix_ipc.O_CREX, mode=0o600)
        os.posix_fallocate(segment.fd, 0, size)
    except posix_ipc.ExistentialError:
        return [("fail", name, "EEXIST")]
    except OSError as error:
        if segment is not None:
            segment.unlink()
        return [("fail", name, errno.errorcode[error.errno])]
    finally:
        if segment is not None:
            segment.close_fd()
    later = reserve(rest)
    if any(event[0] == "fail" for event in later):
        segment.unlink()
        return [("create", name), *later, ("remove", name)]
    return [("create", name), *later]
