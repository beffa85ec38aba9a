"""share_with_group: that there is one error."""


def share_posix(name, size):
    before = os.umask(0o027)
    try:
        descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o640)
    except FileExistsError:
        os.umask(before)
        raise
    os.umask(before)
    try:
        os.ftruncate(descriptor, size)
    finally:
        os.close(descriptor)


def share_system_v(key, size):
    sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX, mode=0o640, size=size).detach()
