"""make: the mode was left to itself.

The learner believes that a segment gets its mode as a file does, from a default and the umask.
"""


def make(key, text, size):
    try:
        memory = sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX, size=size)
    except sysv_ipc.ExistentialError:
        return None
    memory.write(text)
    memory.detach()
    return memory.id
