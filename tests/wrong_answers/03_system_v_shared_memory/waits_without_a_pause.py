"""retire: waits for the others.

The learner believes that to remove a segment is to take it from those who use it.
"""


def retire(key):
    memory = sysv_ipc.SharedMemory(key)
    memory.detach()
    others = memory.number_attached
    while memory.number_attached:
        pass
    memory.mode = 0o400
    memory.remove()
    return others
