"""reserve: that one was made before."""


def reserve(wanted):
    events, last = [], None
    for name, size in wanted:
        descriptor = None
        try:
            descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
            os.posix_fallocate(descriptor, 0, size)
        except OSError as error:
            events.append(("fail", name, errno.errorcode[error.errno]))
            if descriptor is not None:
                shm_unlink(name)
            if last is not None:
                shm_unlink(last)
                events.append(("remove", last))
            return events
        finally:
            if descriptor is not None:
                os.close(descriptor)
        events.append(("create", name))
        last = name
    return events
