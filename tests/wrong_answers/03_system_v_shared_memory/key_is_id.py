"""make: the key is not the id.

The learner believes that the key is the name by which the kernel knows the segment.
"""


def make(key, text, size):
    try:
        memory = sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX, mode=0o640, size=size)
    except sysv_ipc.ExistentialError:
        return None
    memory.write(text)
    memory.detach()
    return key
