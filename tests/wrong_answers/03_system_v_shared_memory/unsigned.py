"""add_to: the sign was forgotten.

The learner thinks of money that only comes in.
"""


def add_to(id, amount):
    memory = sysv_ipc.attach(id)
    try:
        total = int.from_bytes(memory.read(8), "little") + amount
        memory.write(total.to_bytes(8, "little"))
        return total
    finally:
        memory.detach()
