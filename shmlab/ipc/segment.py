"""Shared-memory segments, POSIX and System V, with the same methods: create, open, view, close, destroy.

A POSIX segment has a name and is unlinked; a System V segment has a key and an id and is removed; `destroy` does
either. Neither can be closed while a view of its memory exists, because the next access through the view would
crash the interpreter.
"""

from __future__ import annotations

import abc
import ctypes
import mmap
import os
from typing import TYPE_CHECKING, Any, Self, TypeVar

from shmlab.ipc import kinds, limits

if TYPE_CHECKING:
    _Layout = TypeVar("_Layout", bound=ctypes.Structure | ctypes.Union | ctypes.Array[Any] | ctypes._SimpleCData[Any])


class Segment(abc.ABC):
    """Memory that several processes map. PosixSegment and SysvSegment have the methods to create and open one.

    At the end of a with-block it is closed, and destroyed as well in the process that created it, unless it was
    created with keep=True.

    >>> with Segment.create(4096) as segment:
    ...     segment.buffer[0] = 7
    ...     segment.view(ctypes.c_int64).value
    7
    """

    kind = ""
    _families: dict[str, Any] = {}  # noqa: RUF012 - one dict for all: each kind enters itself

    def __init_subclass__(cls, *, ipc: str) -> None:
        Segment._families[ipc] = cls

    def __init__(self, name: str | int, size_bytes: int, *, creator: bool, keep: bool = False) -> None:
        self._name = name
        self.what = kinds.describe(self.kind, name)
        self._size_bytes = size_bytes
        self._creator_pid = os.getpid() if creator else None
        self._keep = keep
        self._closed = False

    @staticmethod
    def create(size_bytes: int, *, ipc: str = "posix", mode: int = 0o600, keep: bool = False) -> Segment:
        """Create a segment of `size_bytes` bytes and of the kind `ipc`, "posix" or "sysv", under a random name or key.

        `mode`: permission bits. `keep`: do not remove it when its creator ends. Raises what PosixSegment.create or
        SysvSegment.create raises.
        """
        return Segment.family(ipc).create(None, size_bytes, mode=mode, keep=keep)

    @staticmethod
    def family(ipc: str) -> type[Any]:
        """Return the class for "posix" or "sysv". Raises ValueError for any other word."""
        if ipc not in Segment._families:
            raise ValueError(f'ipc is {ipc!r}: choose "posix" or "sysv"')
        return Segment._families[ipc]

    @property
    def size_bytes(self) -> int:
        """The size that it was created with, in bytes; the kernel maps whole pages."""
        return self._size_bytes

    @property
    def buffer(self) -> memoryview:
        """The whole memory as a memoryview of bytes, writable unless opened read-only.

        Raises ValueError after close().
        """
        return self._whole()[: self._size_bytes]

    def view(self, layout: type[_Layout], offset: int = 0) -> _Layout:
        """Return a ctypes object of type `layout` that lies in the memory, from `offset` bytes on.

        Nothing is copied: every other process sees what this process stores there. Raises ValueError when it does not
        fit, is misaligned, or the segment is closed; PermissionError when the segment is mapped read-only.
        """
        size, alignment = ctypes.sizeof(layout), ctypes.alignment(layout)
        if offset < 0 or offset + size > self._size_bytes:
            raise ValueError(
                f"{self.what}: a view of {size} bytes at offset {offset} does not fit into {self._size_bytes} bytes"
            )
        if offset % alignment:
            raise ValueError(f"{self.what}: offset {offset} is not a multiple of {alignment}, the view's alignment")
        memory = self._whole()
        if memory.readonly:
            raise PermissionError(f"{self.what} is mapped read-only: read its .buffer, or open it for writing too")
        view: Any = layout.from_buffer(memory, offset)
        return view

    def prefault(self) -> None:
        """Read a byte of every page, so that no page fault disturbs what is timed later."""
        memory = self.buffer
        for offset in range(0, self._size_bytes, mmap.PAGESIZE):
            memory[offset]  # a read maps the page for writing too, and cannot undo another process's store

    def close(self) -> None:
        """Unmap the memory from this process; the segment itself remains. A second call does nothing.

        Raises BufferError while views exist: drop them first (`del view`). Source: munmap(2), shmdt(2).
        """
        if not self._closed:
            self._unmap()
            self._closed = True

    @abc.abstractmethod
    def destroy(self) -> None:
        """Unlink a POSIX segment, remove a System V segment. Raises FileNotFoundError when that was done before."""

    @abc.abstractmethod
    def _whole(self) -> memoryview:
        """Return a memoryview of all that is mapped. Raise ValueError after close()."""

    @abc.abstractmethod
    def _unmap(self) -> None:
        """Unmap the memory. Raise BufferError when a view of it exists."""

    def _refuse_views(self) -> BufferError:
        return BufferError(
            f"{self.what}: views of its memory are still alive, and using one after the unmapping would crash "
            "Python; drop them first (`del view`; a notebook also keeps its last result in `_`), then close"
        )

    def _check_open(self) -> None:
        if self._closed:
            raise ValueError(f"{self.what} is closed in this process: open it again")

    def __enter__(self) -> Self:
        self._check_open()
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        try:
            self.close()
        except BufferError:
            if error is None:
                raise  # else the first error is the one to show, and the mapping ends with its last view
        finally:
            if self._creator_pid == os.getpid() and not self._keep and not self._destroyed():
                self.destroy()

    @abc.abstractmethod
    def _destroyed(self) -> bool:
        """Return whether this segment, not another of its name, is gone or marked for removal."""

    def __repr__(self) -> str:
        state = ", closed" if self._closed else ""
        return f"<{self.what}, {self._size_bytes} bytes{state}>"


def checked_size(size_bytes: int) -> int:
    """Return `size_bytes` itself. Raise TypeError or ValueError when no segment can have this size."""
    if isinstance(size_bytes, bool) or not isinstance(size_bytes, int):
        raise TypeError(f"size_bytes is {size_bytes!r}: a size is a whole number of bytes")
    if size_bytes <= 0:
        raise ValueError(f"size_bytes is {size_bytes}: a segment has at least 1 byte")
    if size_bytes > limits.MOST_ADDRESSABLE_BYTES:
        raise ValueError(
            f"size_bytes is {size_bytes}: no address space holds more than {limits.MOST_ADDRESSABLE_BYTES}"
        )
    return size_bytes
