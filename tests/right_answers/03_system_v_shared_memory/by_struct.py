"""add_to: with struct, which refuses what does not fit, and an attachment for each half of the work."""

import struct


def add_to(id, amount):
    memory = sysv_ipc.attach(id)
    (total,) = struct.unpack("<q", memory.read(8, 0))
    memory.detach()
    try:
        data = struct.pack("<q", total + amount)
    except struct.error as error:
        raise OverflowError(str(error)) from None
    memory = sysv_ipc.attach(id)
    memory.write(data, 0)
    memory.detach()
    return total + amount
