"""add_to: the key is not the id.

The learner opens by whatever number there is.
"""


def add_to(id, amount):
    memory = sysv_ipc.SharedMemory(id)
    try:
        total = int.from_bytes(memory.read(8), "little", signed=True) + amount
        memory.write(total.to_bytes(8, "little", signed=True))
        return total
    finally:
        memory.detach()
