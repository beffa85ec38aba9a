"""make: never detached.

The learner thinks that an object that nobody uses any more is detached.
"""


def make(key, text, size):
    try:
        memory = sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX, mode=0o640, size=size)
    except sysv_ipc.ExistentialError:
        return None
    memory.write(text)
    return memory.id
