"""reserve: that one name is taken."""


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
            for other, _ in wanted:
                if other == name and error.errno == errno.EEXIST:
                    continue
                try:
                    shm_unlink(other)
                except FileNotFoundError:
                    continue
                if other in created:
                    events.append(("remove", other))
            return events
        events.append(("create", name))
    return events
