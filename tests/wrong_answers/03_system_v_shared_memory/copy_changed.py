"""add_to: a copy was changed.

The learner believes that what `read` gives is the memory itself.
"""


def add_to(id, amount):
    memory = sysv_ipc.attach(id)
    try:
        content = bytearray(memory.read(8))
        total = int.from_bytes(content, "little", signed=True) + amount
        content[:] = total.to_bytes(8, "little", signed=True)
        return total
    finally:
        memory.detach()
