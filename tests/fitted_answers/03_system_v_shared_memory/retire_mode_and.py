"""retire: the mode that it had."""


def retire(key):
    memory = sysv_ipc.SharedMemory(key)
    memory.detach()
    others = memory.number_attached
    memory.mode = memory.mode ^ 0o260
    memory.remove()
    return others
