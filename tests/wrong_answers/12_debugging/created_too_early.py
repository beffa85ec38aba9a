"""reserve: created before it had memory.

The learner tells of a segment when it has a name.
"""


def reserve(wanted):
    events, made = [], []
    try:
        for name, size in wanted:
            descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
            made.append(name)
            events.append(("create", name))
            try:
                os.posix_fallocate(descriptor, 0, size)
            finally:
                os.close(descriptor)
    except OSError as error:
        events.append(("fail", name, errno.errorcode[error.errno]))
        created = [event[1] for event in events if event[0] == "create"]
        for one in made:
            shm_unlink(one)
        events += [("remove", one) for one in created]
    return events
