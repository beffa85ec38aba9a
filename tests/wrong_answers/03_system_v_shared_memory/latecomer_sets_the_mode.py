"""make: the latecomer sets the mode.

The learner lets whoever comes second close it to the group.
"""


def make(key, text, size):
    try:
        memory = sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX, mode=0o640, size=size)
    except sysv_ipc.ExistentialError:
        memory = sysv_ipc.SharedMemory(key)
        memory.mode = 0o600
        memory.detach()
        return None
    memory.write(text)
    memory.detach()
    return memory.id
