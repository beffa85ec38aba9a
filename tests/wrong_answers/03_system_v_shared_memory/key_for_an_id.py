"""retire: the key is not the id.

The learner attaches by whatever number there is.
"""


def retire(key):
    memory = sysv_ipc.attach(key)
    memory.detach()
    others = memory.number_attached
    memory.mode = 0o400
    memory.remove()
    return others
