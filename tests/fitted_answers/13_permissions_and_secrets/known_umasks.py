"""share_with_group: it knows the umasks that are always there."""


def share_posix(name, size):
    before = os.umask(0o022)
    os.umask(before)
    descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o640)
    if before == 0o077:
        os.fchmod(descriptor, 0o640)
    os.ftruncate(descriptor, size)
    os.close(descriptor)


def share_system_v(key, size):
    sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX, mode=0o640, size=size).detach()
