"""add_to: looks at the range first."""


def add_to(id, amount):
    memory = sysv_ipc.attach(id)
    total = int.from_bytes(memory.read(8), "little", signed=True) + amount
    if not -(2**63) <= total < 2**63:
        memory.detach()
        raise OverflowError(total)
    memory.write(total.to_bytes(8, "little", signed=True), 0)
    memory.detach()
    return total
