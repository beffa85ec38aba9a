"""make: removed at once.

The learner takes IPC_RMID for the end of one's own use.
"""


def make(key, text, size):
    try:
        memory = sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX, mode=0o640, size=size)
    except sysv_ipc.ExistentialError:
        return None
    memory.write(text)
    memory.detach()
    memory.remove()
    return memory.id
