"""add_to: not detached when it raises.

The learner detaches at the end of the function, and forgets that there are other ways out.
"""


def add_to(id, amount):
    memory = sysv_ipc.attach(id)
    total = int.from_bytes(memory.read(8), "little", signed=True) + amount
    memory.write(total.to_bytes(8, "little", signed=True))
    memory.detach()
    return total
