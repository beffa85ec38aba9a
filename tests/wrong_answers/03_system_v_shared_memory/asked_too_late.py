"""retire: asked too late.

The learner removes first, and then asks about what may be no longer there.
"""


def retire(key):
    memory = sysv_ipc.SharedMemory(key)
    memory.mode = 0o400
    memory.detach()
    memory.remove()
    return memory.number_attached
