"""share_with_group: a umask for the moment of creation."""


def share_posix(name, size):
    before = os.umask(0o137)
    try:
        descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o777)
    finally:
        os.umask(before)
    with open(descriptor, "r+b") as file:
        file.truncate(size)


def share_system_v(key, size):
    memory = sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX, mode=0o600, size=size)
    memory.mode = 0o640
    memory.detach()
