"""view: mmap and struct by hand, one number after the other, and no array at all."""

import mmap


def raise_all(name, offset, count, amount):
    total = 0
    with open("/dev/shm" + name, "r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
        for at in range(offset, offset + 4 * count, 4):
            number = int.from_bytes(mapped[at : at + 4], "big", signed=True) + amount
            mapped[at : at + 4] = struct.pack(">i", number)
            total += number
    return total
