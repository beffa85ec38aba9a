"""add_to: the rest was read, too.

The learner reads the segment, as if the total were all that is in it.
"""


def add_to(id, amount):
    memory = sysv_ipc.attach(id)
    try:
        total = int.from_bytes(memory.read(), "little", signed=True) + amount
        memory.write(total.to_bytes(8, "little", signed=True))
        return total
    finally:
        memory.detach()
