"""share_with_group: a mode in decimal.

The learner sets 640, and the number needs its 0o.
"""


def share_posix(name, size):
    descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    os.fchmod(descriptor, 640)
    os.ftruncate(descriptor, size)
    os.close(descriptor)


def share_system_v(key, size):
    sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX, mode=0o640, size=size).detach()
