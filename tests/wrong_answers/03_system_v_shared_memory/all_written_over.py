"""add_to: the rest was written over.

The learner writes as many bytes as the segment has.
"""


def add_to(id, amount):
    memory = sysv_ipc.attach(id)
    try:
        total = int.from_bytes(memory.read(8), "little", signed=True) + amount
        memory.write(total.to_bytes(8, "little", signed=True).ljust(memory.size, b"\0"))
        return total
    finally:
        memory.detach()
