"""make: opens or creates by two calls, and knows which by what they raise."""


def make(key, text, size):
    made = None
    while made is None:
        try:
            sysv_ipc.SharedMemory(key).detach()
            return None
        except sysv_ipc.ExistentialError:
            try:
                made = sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREAT | sysv_ipc.IPC_EXCL, mode=0o640, size=size)
            except sysv_ipc.ExistentialError:
                continue
    made.write(text, 0)
    made.detach()
    return made.id
