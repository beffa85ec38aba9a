"""share_with_group: the group may write.

The learner takes 6 for reading.
"""


def share_posix(name, size):
    descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o660)
    os.fchmod(descriptor, 0o660)
    os.ftruncate(descriptor, size)
    os.close(descriptor)


def share_system_v(key, size):
    sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX, mode=0o660, size=size).detach()
