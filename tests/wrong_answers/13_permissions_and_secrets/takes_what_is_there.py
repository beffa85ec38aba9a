"""share_with_group: opened what somebody else has made.

The learner sets the mode of whatever has the name, and believes that this makes it safe.
"""


def share_posix(name, size):
    descriptor = shm_open(name, os.O_CREAT | os.O_RDWR, 0o640)
    os.fchmod(descriptor, 0o640)
    os.ftruncate(descriptor, size)
    os.close(descriptor)


def share_system_v(key, size):
    memory = sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREAT, mode=0o640, size=size)
    memory.mode = 0o640
    memory.detach()
