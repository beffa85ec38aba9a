"""retire: the mode as it was.

The learner believes that a mark for removal keeps everybody out, so that the mode does not matter.
"""


def retire(key):
    memory = sysv_ipc.SharedMemory(key)
    memory.detach()
    others = memory.number_attached
    memory.remove()
    return others
