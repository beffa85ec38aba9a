"""POSIX shared memory: bytes with a name, which exist until the name is unlinked and no process maps them."""

from __future__ import annotations

import errno
import mmap
import os
from typing import Any, Self

import posix_ipc

from shmlab.ipc import kinds, ledger, limits, names
from shmlab.ipc.errors import os_error, translated
from shmlab.ipc.segment import Segment, checked_size


class PosixSegment(Segment, ipc="posix"):
    """A segment from shm_open(3): it exists until its name is unlinked and no process maps it any more."""

    kind = kinds.POSIX_SEGMENT

    _name: str

    def __init__(
        self, name: str, descriptor: int, *, creator: bool, read_only: bool = False, keep: bool = False
    ) -> None:
        status = os.fstat(descriptor)
        super().__init__(name, status.st_size, creator=creator, keep=keep)
        self._identity = names.file_identity(descriptor)
        self._read_only = read_only
        access = mmap.ACCESS_READ if read_only else mmap.ACCESS_WRITE
        self._map = mmap.mmap(descriptor, status.st_size, access=access)

    @classmethod
    def create(  # type: ignore[override]  # the base class chooses the name, a kind takes it
        cls, name: str | None, size_bytes: int, *, mode: int = 0o600, keep: bool = False
    ) -> Self:
        """Create and map a new segment of `size_bytes` bytes, zero-filled, with its memory reserved.

        `name`: "/scores", or None for a random one. `mode`: permission bits, less the umask. `keep`: do not remove it
        when its creator ends. Raises FileExistsError, PermissionError, TypeError, ValueError, and OSError(ENOSPC) when
        /dev/shm does not have that much room. Source: shm_open(3), posix_fallocate(3).
        """
        chosen = name is not None
        name = names.checked_name(name) if chosen else names.random_name()
        size_bytes = checked_size(size_bytes)
        what = kinds.describe(cls.kind, name)
        mode = names.checked_mode(mode)
        with ledger.creating(cls.kind, name, chosen=chosen, keep=keep):
            with translated(what, creating=True):
                memory = posix_ipc.SharedMemory(name, posix_ipc.O_CREX, mode=mode)
            try:
                _reserve(memory.fd, size_bytes, what)
                return cls(name, memory.fd, creator=True, keep=keep)
            except BaseException:
                memory.unlink()
                raise
            finally:
                memory.close_fd()

    @classmethod
    def open(cls, name: str, *, read_only: bool = False) -> Self:
        """Map the existing segment `name`. Raises FileNotFoundError, PermissionError or ValueError.

        Source: shm_open(3).
        """
        name = names.checked_name(name)
        what = kinds.describe(cls.kind, name)
        with translated(what, creating=False):
            memory = posix_ipc.SharedMemory(name, flags=0, read_only=read_only)
        try:
            if os.fstat(memory.fd).st_size == 0:
                raise ValueError(f"{what} has size 0: its creator has not given it one yet; try again when it has")
            return cls(name, memory.fd, creator=False, read_only=read_only)
        finally:
            memory.close_fd()

    @property
    def name(self) -> str:
        """The POSIX name, with its slash."""
        return self._name

    @property
    def mode(self) -> int:
        """The permission bits that it has now. Raises FileNotFoundError once unlinked."""
        return os.stat(names.segment_path(self._name)).st_mode & 0o777

    def unlink(self) -> None:
        """Remove the name; the memory exists until the last process unmaps it.

        Raises FileNotFoundError when the name is gone, or belongs to another segment by now. Source: shm_unlink(3).
        """
        if self._destroyed():
            raise os_error(errno.ENOENT, f"{self.what} was unlinked already; unlink once, by its owner")
        kinds.remove(self.kind, self._name, self._identity)
        ledger.removed(self.kind, self._name)

    destroy = unlink

    def _destroyed(self) -> bool:
        return kinds.identity(self.kind, self._name) != self._identity

    def _whole(self) -> memoryview:
        self._check_open()
        return memoryview(self._map)

    def _unmap(self) -> None:
        try:
            self._map.close()
        except BufferError:
            raise self._refuse_views() from None

    def __reduce__(self) -> tuple[Any, ...]:
        return _open, (self._name, self._read_only)


def _open(name: str, read_only: bool) -> PosixSegment:
    return PosixSegment.open(name, read_only=read_only)


def _reserve(descriptor: int, size_bytes: int, what: str) -> None:
    """Give the new segment its size and its memory: ftruncate(2) would give it the size alone."""
    try:
        os.posix_fallocate(descriptor, 0, size_bytes)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.ENOMEM, errno.EFBIG):
            raise
        space = limits.posix_space()
        raise os_error(
            errno.ENOSPC,
            f"{what} of {limits.in_words(size_bytes)} does not fit: {names.POSIX_FOLDER} has "
            f"{limits.in_words(space.free_bytes)} free of {limits.in_words(space.size_bytes)}. Ask for less, free some "
            f"(`shmlab clean`), or enlarge it (in Docker: --shm-size)",
        ) from None
