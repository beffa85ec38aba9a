"""add_to: never detached.

The learner thinks that leaving the function is leaving the segment.
"""


def add_to(id, amount):
    memory = sysv_ipc.attach(id)
    total = int.from_bytes(memory.read(8), "little", signed=True) + amount
    memory.write(total.to_bytes(8, "little", signed=True))
    return total
