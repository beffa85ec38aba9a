"""add_to: adds where the total is small."""


def add_to(id, amount):
    memory = sysv_ipc.attach(id)
    try:
        total = int.from_bytes(memory.read(4), "little", signed=True) + amount
        memory.write(total.to_bytes(8, "little", signed=True))
        return total
    finally:
        memory.detach()
