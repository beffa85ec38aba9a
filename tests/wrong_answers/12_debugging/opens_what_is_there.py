"""reserve: what was there is opened.

The learner forgets O_EXCL.
"""


def reserve(wanted):
    events, made = [], []
    try:
        for name, size in wanted:
            descriptor = shm_open(name, os.O_CREAT | os.O_RDWR, 0o600)
            made.append(name)
            try:
                os.posix_fallocate(descriptor, 0, size)
            finally:
                os.close(descriptor)
            events.append(("create", name))
    except OSError as error:
        events.append(("fail", name, errno.errorcode[error.errno]))
        created = [event[1] for event in events if event[0] == "create"]
        for one in made:
            shm_unlink(one)
        events += [("remove", one) for one in created]
    return events
