"""make: created for the owner alone, written, and only then opened to the group by IPC_SET."""


def make(key, text, size):
    try:
        memory = sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX, mode=0o600, size=size)
    except sysv_ipc.ExistentialError:
        return None
    try:
        memory.write(text)
        memory.mode = 0o640
    finally:
        memory.detach()
    return memory.id
