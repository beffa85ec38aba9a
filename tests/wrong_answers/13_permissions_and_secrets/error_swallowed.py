"""share_with_group: the error is not passed on.

The learner believes that what is there already needs no word.
"""


def share_posix(name, size):
    try:
        d = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        os.fchmod(d, 0o640)
        os.ftruncate(d, size)
        os.close(d)
    except FileExistsError:
        return


def share_system_v(key, size):
    m = sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREAT, mode=0o640, size=size)
    m.detach()
