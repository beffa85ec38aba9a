"""make: an id for everybody.

The learner gives both the id, as both will need it.
"""


def make(key, text, size):
    try:
        memory = sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX, mode=0o640, size=size)
    except sysv_ipc.ExistentialError:
        memory = sysv_ipc.SharedMemory(key)
        memory.detach()
        return memory.id
    memory.write(text)
    memory.detach()
    return memory.id
