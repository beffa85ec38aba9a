"""share_with_group: an empty one is somebody's, too.

The learner tells by its size whether a segment is new.
"""


def share_posix(name, size):
    d = shm_open(name, os.O_CREAT | os.O_RDWR, 0o600)
    if os.fstat(d).st_size:
        os.close(d)
        raise FileExistsError(17, os.strerror(17), name)
    os.fchmod(d, 0o640)
    os.ftruncate(d, size)
    os.close(d)


def share_system_v(key, size):
    m = sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX, mode=0o640, size=size)
    m.detach()
