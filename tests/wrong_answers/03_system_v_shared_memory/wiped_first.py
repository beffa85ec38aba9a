"""retire: wiped under its readers.

The learner believes that removing leaves the bytes for anybody to find, and clears them first.
"""


def retire(key):
    memory = sysv_ipc.SharedMemory(key)
    memory.write(bytes(memory.size))
    memory.detach()
    others = memory.number_attached
    memory.mode = 0o400
    memory.remove()
    return others
