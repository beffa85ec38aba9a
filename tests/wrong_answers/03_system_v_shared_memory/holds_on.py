"""retire: still attached yourself.

The learner marks it, and forgets that the process itself is one of those who keep it alive.
"""


def retire(key):
    memory = sysv_ipc.SharedMemory(key)
    others = memory.number_attached - 1
    memory.mode = 0o400
    memory.remove()
    return others
