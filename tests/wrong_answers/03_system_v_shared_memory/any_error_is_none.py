"""make: every error is the same error.

The learner takes every error for the one that was expected.
"""


def make(key, text, size):
    try:
        memory = sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX, mode=0o640, size=size)
    except Exception:
        return None
    memory.write(text)
    memory.detach()
    return memory.id
