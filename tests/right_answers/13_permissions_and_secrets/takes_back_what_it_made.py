"""share_with_group: where an error comes, what it made is removed again."""

from _posixshmem import shm_unlink


def share_posix(name, size):
    descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    try:
        os.fchmod(descriptor, 0o640)
        os.ftruncate(descriptor, size)
    except OSError:
        shm_unlink(name)
        raise
    finally:
        os.close(descriptor)


def share_system_v(key, size):
    memory = sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX, mode=0o640, size=size)
    memory.detach()
