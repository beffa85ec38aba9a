"""share_with_group: looked first, then made.

The learner looks whether there is one, and makes it then.
"""


def share_posix(name, size):
    if os.path.exists("/dev/shm" + name):
        raise FileExistsError(17, os.strerror(17), name)
    d = shm_open(name, os.O_CREAT | os.O_RDWR, 0o600)
    os.fchmod(d, 0o640)
    os.ftruncate(d, size)
    os.close(d)


def share_system_v(key, size):
    with open("/proc/sysvipc/shm") as f:
        if any(int(line.split()[0]) == key for line in f.readlines()[1:]):
            raise sysv_ipc.ExistentialError(f"the key {key} exists")
    m = sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREAT, mode=0o640, size=size)
    m.detach()
