"""create_or_open: prepared under a name of its own, then linked to the common one."""


def create_or_open(name, size, seat):
    prepared = f"{name}-{os.getpid()}"
    descriptor = shm_open(prepared, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    os.posix_fallocate(descriptor, 0, size)
    created = True
    try:
        os.link("/dev/shm" + prepared, "/dev/shm" + name)
    except FileExistsError:
        created = False
        os.close(descriptor)
        descriptor = shm_open(name, os.O_RDWR)
        while os.fstat(descriptor).st_size == 0:
            time.sleep(0.001)
    finally:
        shm_unlink(prepared)
    with mmap.mmap(descriptor, size) as memory:
        memory[seat] = 1
    os.close(descriptor)
    return created
