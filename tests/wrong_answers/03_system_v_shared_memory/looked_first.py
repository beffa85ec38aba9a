"""make: looked first, then created.

The learner asks before creating, and thinks that the answer stays true.
"""


def make(key, text, size):
    try:
        sysv_ipc.SharedMemory(key).detach()
        return None
    except sysv_ipc.ExistentialError:
        pass
    memory = sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREAT, mode=0o640, size=size)
    memory.write(text)
    memory.detach()
    return memory.id
