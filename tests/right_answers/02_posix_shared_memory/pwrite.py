"""create_or_open: opened first, made when there is none, stored by pwrite."""


def create_or_open(name, size, seat):
    while True:
        try:
            descriptor, created = shm_open(name, os.O_RDWR), False
            break
        except FileNotFoundError:
            pass
        try:
            descriptor, created = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), True
            os.ftruncate(descriptor, size)
            break
        except FileExistsError:
            continue
    while os.fstat(descriptor).st_size < size:
        time.sleep(0)
    os.pwrite(descriptor, bytes([1]), seat)
    os.close(descriptor)
    return created
