"""retire: a mode in decimal.

The learner writes the mode as people say it.
"""


def retire(key):
    memory = sysv_ipc.SharedMemory(key)
    memory.detach()
    others = memory.number_attached
    memory.mode = 400
    memory.remove()
    return others
