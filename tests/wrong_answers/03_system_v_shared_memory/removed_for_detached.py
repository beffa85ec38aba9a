"""add_to: removed for detached.

The learner cleans up too much: what nobody uses at the moment is still needed.
"""


def add_to(id, amount):
    memory = sysv_ipc.attach(id)
    try:
        total = int.from_bytes(memory.read(8), "little", signed=True) + amount
        memory.write(total.to_bytes(8, "little", signed=True))
        return total
    finally:
        memory.detach()
        memory.remove()
