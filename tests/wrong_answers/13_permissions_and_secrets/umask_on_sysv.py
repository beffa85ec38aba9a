"""share_with_group: the umask expected on System V.

The learner lets the umask take away what is too much, in both families.
"""


def share_posix(name, size):
    before = os.umask(0o026)
    try:
        descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666)
    finally:
        os.umask(before)
    os.ftruncate(descriptor, size)
    os.close(descriptor)


def share_system_v(key, size):
    before = os.umask(0o026)
    try:
        sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX, mode=0o666, size=size).detach()
    finally:
        os.umask(before)
