"""add_to: nothing returned.

The learner believes that the segment is the answer.
"""


def add_to(id, amount):
    memory = sysv_ipc.attach(id)
    try:
        total = int.from_bytes(memory.read(8), "little", signed=True) + amount
        memory.write(total.to_bytes(8, "little", signed=True))
    finally:
        memory.detach()
