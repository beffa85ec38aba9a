"""reserve: it goes on after a failure.

The learner tidies up when all have been tried.
"""


def reserve(wanted):
    events = []
    for name, size in wanted:
        try:
            descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        except OSError as error:
            events.append(("fail", name, errno.errorcode[error.errno]))
            continue
        try:
            os.posix_fallocate(descriptor, 0, size)
            events.append(("create", name))
        except OSError as error:
            shm_unlink(name)
            events.append(("fail", name, errno.errorcode[error.errno]))
        finally:
            os.close(descriptor)
    if any(event[0] == "fail" for event in events):
        for event in list(events):
            if event[0] == "create":
                shm_unlink(event[1])
                events.append(("remove", event[1]))
    return events
