"""retire: to detach is not enough.

The learner believes that a segment ends with its last user, as a file that is open and has no name does.
"""


def retire(key):
    memory = sysv_ipc.SharedMemory(key)
    memory.mode = 0o400
    memory.detach()
    return memory.number_attached
