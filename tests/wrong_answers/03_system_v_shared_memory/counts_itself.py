"""retire: you count yourself.

The learner asks how many are attached, and has attached the segment to ask.
"""


def retire(key):
    memory = sysv_ipc.SharedMemory(key)
    others = memory.number_attached
    memory.mode = 0o400
    memory.remove()
    memory.detach()
    return others
