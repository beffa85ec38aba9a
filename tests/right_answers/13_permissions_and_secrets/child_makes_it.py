"""share_with_group: a child with a umask of its own makes it."""


def share_posix(name, size):
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.umask(0)
            os.ftruncate(shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o640), size)
            code = 0
        except FileExistsError as error:
            code = error.errno
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code:
        raise FileExistsError(code, os.strerror(code), name)


def share_system_v(key, size):
    memory = sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX, 0o600, size)
    try:
        memory.mode = 0o640
    finally:
        memory.detach()
