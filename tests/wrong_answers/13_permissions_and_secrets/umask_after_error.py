"""share_with_group: the umask stays changed after an error.

The learner gives the umask back, where all goes well.
"""


def share_posix(name, size):
    old = os.umask(0)
    d = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o640)
    os.ftruncate(d, size)
    os.close(d)
    os.umask(old)


def share_system_v(key, size):
    m = sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX, mode=0o640, size=size)
    m.detach()
