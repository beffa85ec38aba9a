"""retire: nothing returned.

The learner does all but answer.
"""


def retire(key):
    memory = sysv_ipc.SharedMemory(key)
    memory.detach()
    memory.mode = 0o400
    memory.remove()
