"""Objects that lie inside a segment: one process initialises their bytes, and every process uses these.

Mutex, condition and barrier are such objects. The bytes in the segment are all that there is of them.
"""

from __future__ import annotations

import ctypes
from typing import Any, Self

from shmlab.ipc.segment import Segment

SLOT_BYTES = 64  # a cache line each; pthread_mutex_t has 40 bytes on x86-64 and 48 on AArch64
# Waits go in slices of this length, so that Ctrl-C works and the death of another process is noticed.
SLICE_S = 0.05


class Slot(ctypes.Structure):
    """One cache line: the object itself, and a word that says it was initialised."""

    __slots__ = ()
    _fields_ = (("storage", ctypes.c_byte * 48), ("magic", ctypes.c_uint64), ("word", ctypes.c_uint32))


class Shared:
    """What mutex, condition and barrier have in common: a slot in a segment, initialised once, used by all."""

    size_bytes = SLOT_BYTES
    magic = 0

    def __init__(self, segment: Segment, offset: int) -> None:
        self._segment, self._offset = segment, offset
        self.what = f"{type(self).__name__.lower()} at offset {offset} of {segment.what}"
        self._slot: Any = segment.view(Slot, offset)
        if self._slot.magic != self.magic:
            found = self._slot.magic
            self._slot = None
            raise ValueError(f"{self.what}: nothing was created here (found {found:#x}); create it before you open it")

    @classmethod
    def open(cls, segment: Segment, offset: int = 0) -> Self:
        """Use the object that another process created at `offset` of this segment.

        Raises ValueError when there is none.
        """
        return cls(segment, offset)

    def close(self) -> None:
        """Drop the view of the memory in this process, so that the segment can be closed."""
        self._slot = None

    def _check_open(self) -> None:
        if self._slot is None:
            raise ValueError(f"{self.what} is closed in this process: open it again")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).open, (self._segment, self._offset)

    def __repr__(self) -> str:
        return f"<{self.what}{', closed' if self._slot is None else ''}>"


def check_slot(segment: Segment, offset: int, size_bytes: int) -> None:
    if not isinstance(segment, Segment):
        raise TypeError(f"segment is {segment!r}: give the Segment to put it into")
    if offset % 8 or offset < 0:
        raise ValueError(f"offset is {offset}: give a multiple of 8 from 0 up (64 keeps it on its own cache line)")
    if offset + size_bytes > segment.size_bytes:
        raise ValueError(f"{segment.what} is too small: {size_bytes} bytes are needed at offset {offset}")
