"""retire: counts while attached, and leaves itself out; removes first, and sets the mode of what is marked."""


def retire(key):
    memory = sysv_ipc.SharedMemory(key)
    try:
        others = memory.number_attached - 1
        memory.remove()
        memory.mode = 0o400
    finally:
        memory.detach()
    return others
