"""share_with_group: that only the name can be wrong."""


def share_posix(name, size):
    descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o640)
    os.fchmod(descriptor, 0o640)
    os.ftruncate(descriptor, size)
    os.close(descriptor)


def share_system_v(key, size):
    sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX, mode=0o640, size=size).detach()
