"""share_with_group: made wide, then narrowed.

The learner makes it for everybody, so that no umask is in the way, and sets the mode at the end.
"""


def share_posix(name, size):
    descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666)
    os.ftruncate(descriptor, size)
    os.fchmod(descriptor, 0o640)
    os.close(descriptor)


def share_system_v(key, size):
    sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX, mode=0o640, size=size).detach()
