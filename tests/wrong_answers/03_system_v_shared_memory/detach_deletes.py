"""add_to: made anew.

The learner believes that the last detach deletes the segment, and saves its content into a new one.
"""


def add_to(id, amount):
    memory = sysv_ipc.attach(id)
    try:
        total = int.from_bytes(memory.read(8), "little", signed=True) + amount
        memory.write(total.to_bytes(8, "little", signed=True))
        content = memory.read()
    finally:
        memory.detach()
    saved = sysv_ipc.SharedMemory(sysv_ipc.IPC_PRIVATE, sysv_ipc.IPC_CREX, size=len(content))
    saved.write(content)
    saved.detach()
    return total
