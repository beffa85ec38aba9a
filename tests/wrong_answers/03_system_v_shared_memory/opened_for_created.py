"""make: opened for created.

The learner believes that IPC_CREAT means create.
"""


def make(key, text, size):
    try:
        memory = sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREAT, mode=0o640, size=size)
    except sysv_ipc.ExistentialError:
        return None
    memory.write(text)
    memory.detach()
    return memory.id
