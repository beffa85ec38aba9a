"""make: the latecomer writes too.

The learner sees that it is there, and still gives it the greeting.
"""


def make(key, text, size):
    try:
        memory = sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX, mode=0o640, size=size)
        new = True
    except sysv_ipc.ExistentialError:
        memory = sysv_ipc.SharedMemory(key)
        new = False
    memory.write(text)
    memory.detach()
    return memory.id if new else None
