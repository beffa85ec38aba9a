"""add_to: only one end was thought of.

The learner refuses what is too large, and forgets that a total can be too small.
"""


def add_to(id, amount):
    memory = sysv_ipc.attach(id)
    total = int.from_bytes(memory.read(8), "little", signed=True) + amount
    if total >= 2**63:
        memory.detach()
        raise OverflowError
    memory.write(total.to_bytes(8, "little", signed=True))
    memory.detach()
    return total
