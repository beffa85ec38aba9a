"""view: that nobody has the segment mapped meanwhile.

Another segment has its name then.
"""


def raise_all(name, offset, count, amount):
    with PosixSegment.open(name) as segment:
        data = bytearray(segment.buffer[:])
    a = np.frombuffer(data, ">i4", count, offset)
    a += amount
    posix_ipc.unlink_shared_memory(name)
    memory = posix_ipc.SharedMemory(name, posix_ipc.O_CREX, mode=0o600, size=len(data))
    with mmap.mmap(memory.fd, len(data)) as m:
        m[:] = bytes(data)
    memory.close_fd()
    return int(a.sum())
