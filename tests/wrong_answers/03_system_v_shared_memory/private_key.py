"""make: a private key.

The learner takes IPC_PRIVATE for a segment that is protected from others.
"""


def make(key, text, size):
    memory = sysv_ipc.SharedMemory(sysv_ipc.IPC_PRIVATE, sysv_ipc.IPC_CREX, mode=0o640, size=size)
    memory.write(text)
    memory.detach()
    return memory.id
