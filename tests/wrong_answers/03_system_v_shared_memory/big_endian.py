"""add_to: the bytes in the other order.

The learner writes numbers as they are read.
"""


def add_to(id, amount):
    memory = sysv_ipc.attach(id)
    try:
        total = int.from_bytes(memory.read(8), "big", signed=True) + amount
        memory.write(total.to_bytes(8, "big", signed=True))
        return total
    finally:
        memory.detach()
