"""make: a mode in decimal.

The learner writes the mode as people say it.
"""


def make(key, text, size):
    try:
        memory = sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX, mode=640, size=size)
    except sysv_ipc.ExistentialError:
        return None
    memory.write(text)
    memory.detach()
    return memory.id
