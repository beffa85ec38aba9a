"""make: as large as the text.

The learner makes it as large as what it holds now.
"""


def make(key, text, size):
    try:
        memory = sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX, mode=0o640, size=len(text))
    except sysv_ipc.ExistentialError:
        return None
    memory.write(text)
    memory.detach()
    return memory.id
