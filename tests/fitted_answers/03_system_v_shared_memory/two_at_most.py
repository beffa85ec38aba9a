"""retire: counts to two."""


def retire(key):
    memory = sysv_ipc.SharedMemory(key)
    memory.detach()
    others = min(memory.number_attached, 2)
    memory.mode = 0o400
    memory.remove()
    return others
