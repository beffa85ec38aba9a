"""make: nothing but None.

The learner takes any value that is not true for None.
"""


def make(key, text, size):
    try:
        memory = sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX, mode=0o640, size=size)
    except sysv_ipc.ExistentialError:
        return False
    memory.write(text)
    memory.detach()
    return memory.id
