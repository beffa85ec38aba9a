"""add_to: used after detaching.

The learner detaches as soon as the total has been read.
"""


def add_to(id, amount):
    memory = sysv_ipc.attach(id)
    try:
        total = int.from_bytes(memory.read(8), "little", signed=True) + amount
    finally:
        memory.detach()
    memory.write(total.to_bytes(8, "little", signed=True))
    return total
