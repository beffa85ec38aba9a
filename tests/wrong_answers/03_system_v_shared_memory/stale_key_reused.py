"""retire: the key was used again.

The learner keeps the key, and believes that it still leads to the segment.
"""


def retire(key):
    memory = sysv_ipc.SharedMemory(key)
    memory.detach()
    others = memory.number_attached
    memory.mode = 0o400
    memory.remove()
    sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREAT, mode=0o400, size=4096).detach()
    return others
