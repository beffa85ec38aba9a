"""reserve: that a segment was made if its name was free."""


def reserve(wanted):
    events = []
    for name, size in wanted:
        try:
            descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, size)
            finally:
                os.close(descriptor)
        except OSError as error:
            created = [event[1] for event in events]
            events.append(("fail", name, errno.errorcode[error.errno]))
            if error.errno != errno.EEXIST:
                shm_unlink(name)
            for other in created:
                shm_unlink(other)
                events.append(("remove", other))
            return events
        events.append(("create", name))
    return events
