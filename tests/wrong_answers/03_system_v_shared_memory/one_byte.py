"""add_to: one byte is not eight.

The learner takes the first byte for the number: it works while the numbers are small.
"""


def add_to(id, amount):
    memory = sysv_ipc.attach(id)
    try:
        total = memory.read(1)[0] + amount
        memory.write(total.to_bytes(1, "little"))
        return total
    finally:
        memory.detach()
