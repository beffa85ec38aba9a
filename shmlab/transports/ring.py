"""A ring of message slots in shared memory, guarded by two semaphores: Dijkstra's bounded buffer.

`free` counts empty slots, `filled` counts full ones. The writer alone moves `head`, the reader
alone moves `tail`; the semaphores also order the memory accesses. One writer, one reader.
"""

import ctypes

from shmlab import ipc
from shmlab.transports.transport import Transport

CAPACITY_BYTES = 2**20
MOST_SLOTS = 1024
FEWEST_SLOTS = 2
_LINE_BYTES = 64


class _Header(ctypes.Structure):
    """What both sides agree on; head and tail have a cache line each, as only one side writes each."""

    __slots__ = ()
    _fields_ = (
        ("head", ctypes.c_uint64),
        ("closed", ctypes.c_uint64),
        ("unused_1", ctypes.c_byte * (_LINE_BYTES - 16)),
        ("tail", ctypes.c_uint64),
        ("unused_2", ctypes.c_byte * (_LINE_BYTES - 8)),
    )


class Ring(Transport):
    """A bounded first-in first-out ring for messages of `message_bytes`, at most; order is kept.

    `slots`: how many messages fit; as many as share a mebibyte unless said (2 to 1024).
    Raises ValueError for a size or number below 1, OSError(ENOSPC) when /dev/shm has no room.
    """

    def __init__(self, message_bytes, slots=None):
        super().__init__(message_bytes)
        if slots is None:
            slots = max(FEWEST_SLOTS, min(MOST_SLOTS, CAPACITY_BYTES // message_bytes))
        if slots < 1:
            raise ValueError(f"slots is {slots}: a ring has at least 1")
        self.slots = slots
        # Slots begin on cache lines of their own: neighbours written at once would share one.
        self._stride = _LINE_BYTES + -(-message_bytes // _LINE_BYTES) * _LINE_BYTES
        self._segment = ipc.PosixSegment.create(None, ctypes.sizeof(_Header) + slots * self._stride)
        self._free = ipc.PosixSemaphore.create(None, slots)
        self._filled = ipc.PosixSemaphore.create(None, 0)
        self._segment.prefault()
        self._header = self._segment.view(_Header)
        self._memory = self._segment.buffer

    def send(self, message, timeout=None):
        """Copy a message into the next free slot, waiting for one. Raises ValueError when it is too long."""
        size = memoryview(message).nbytes
        if size > self.message_bytes:
            raise ValueError(f"the message has {size} bytes: this ring takes at most {self.message_bytes}")
        self._free.acquire(timeout)
        place = self._place(self._header.head)
        self._memory[place : place + 8] = size.to_bytes(8, "little")
        self._memory[place + _LINE_BYTES : place + _LINE_BYTES + size] = message
        self._header.head += 1
        self._filled.release()

    def receive(self, timeout=None):
        """Copy the oldest message out and free its slot, waiting for one.

        Raises EOFError when the ring is closed and empty, TimeoutError after `timeout` seconds.
        """
        self._filled.acquire(timeout)
        if self._header.closed and self._header.tail == self._header.head:
            self._filled.release()  # so that the next call learns it too
            raise EOFError("the ring is closed and every message was received")
        place = self._place(self._header.tail)
        size = int.from_bytes(self._memory[place : place + 8], "little")
        message = bytes(self._memory[place + _LINE_BYTES : place + _LINE_BYTES + size])
        self._header.tail += 1
        self._free.release()
        return message

    def close(self):
        """The writer's last word: the reader gets what is left, then EOFError."""
        self._header.closed = 1
        self._filled.release()

    def destroy(self):
        """Give everything back to the kernel. Called once, by the process that made the ring."""
        self._header = self._memory = None
        for made in (self._segment, self._free, self._filled):
            made.close()
            made.destroy()

    def _place(self, index):
        return ctypes.sizeof(_Header) + index % self.slots * self._stride
