"""make: used after detaching.

The learner believes that the object still leads to the memory.
"""


def make(key, text, size):
    try:
        memory = sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX, mode=0o640, size=size)
    except sysv_ipc.ExistentialError:
        return None
    memory.detach()
    memory.write(text)
    return memory.id
