"""reserve: two errors."""


def reserve(wanted):
    events = []
    for name, size in wanted:
        try:
            descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, size)
            except OSError:
                shm_unlink(name)
                raise
            finally:
                os.close(descriptor)
        except OSError as error:
            created = [event[1] for event in events]
            events.append(("fail", name, "EEXIST" if isinstance(error, FileExistsError) else "ENOSPC"))
            for other in created:
                shm_unlink(other)
                events.append(("remove", other))
            return events
        events.append(("create", name))
    return events
