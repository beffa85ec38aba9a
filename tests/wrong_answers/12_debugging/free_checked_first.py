"""reserve: free when you looked.

The learner looks how much is free, and then knows that it will do.
"""


def reserve(wanted):
    events = []
    for name, size in wanted:
        space = os.statvfs("/dev/shm")
        if os.path.exists("/dev/shm" + name):
            return undone(events, name, "EEXIST")
        if space.f_bavail * space.f_frsize < size:
            return undone(events, name, "ENOSPC")
        descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        os.posix_fallocate(descriptor, 0, size)
        os.close(descriptor)
        events.append(("create", name))
    return events


def undone(events, name, error):
    created = [event[1] for event in events]
    for one in created:
        shm_unlink(one)
    return [*events, ("fail", name, error), *(("remove", one) for one in created)]
