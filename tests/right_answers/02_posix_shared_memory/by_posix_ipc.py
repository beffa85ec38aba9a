"""create_or_open: with posix_ipc."""

import posix_ipc


def create_or_open(name, size, seat):
    created = True
    try:
        segment = posix_ipc.SharedMemory(name, posix_ipc.O_CREX, mode=0o600, size=size)
    except posix_ipc.ExistentialError:
        segment = posix_ipc.SharedMemory(name)
        created = False
    while segment.size == 0:
        time.sleep(0.01)
    memory = mmap.mmap(segment.fd, 0)
    segment.close_fd()
    memory[seat : seat + 1] = b"\x01"
    memory.close()
    return created
