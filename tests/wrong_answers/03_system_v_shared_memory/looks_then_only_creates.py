"""make: looked first, then failed.

The learner uses the right flag, and believes that it cannot fail after a look.
"""


def make(key, text, size):
    try:
        sysv_ipc.SharedMemory(key).detach()
        return None
    except sysv_ipc.ExistentialError:
        memory = sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX, mode=0o640, size=size)
    memory.write(text)
    memory.detach()
    return memory.id
