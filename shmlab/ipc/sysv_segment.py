"""System V shared memory: a key to find it by, an id to use it by, and no name."""

from __future__ import annotations

import ctypes
import errno
import os
import weakref
from typing import Any, Self

import sysv_ipc

from shmlab.ipc import kinds, ledger, limits, names
from shmlab.ipc.errors import only_its_owner, os_error, translated
from shmlab.ipc.segment import Segment, checked_size

_LIMIT = "SHMMNI segments or SHMALL pages"


class SysvSegment(Segment, ipc="sysv"):
    """A segment from shmget(2): a key to find it by, an id to use it by, and no name."""

    kind = kinds.SYSV_SEGMENT

    _name: int

    def __init__(self, memory: sysv_ipc.SharedMemory, key: int, *, creator: bool, keep: bool = False) -> None:
        super().__init__(key, memory.size, creator=creator, keep=keep)
        self._memory = memory
        self._root: Any = self._attach(memory)

    @staticmethod
    def _attach(memory: sysv_ipc.SharedMemory) -> Any:
        # Every view keeps `root` alive through the buffer protocol, and `root` keeps the memory attached.
        # sysv_ipc itself would detach while views exist.
        attached: Any = type("Attached", (ctypes.c_ubyte * memory.size,), {})
        root = attached.from_address(memory.address)
        root.attachment = memory
        weakref.finalize(root, memory.detach).atexit = False  # sysv_ipc itself never detaches
        return root

    @classmethod
    def create(  # type: ignore[override]  # the base class chooses the key, a kind takes it
        cls, key: int | None, size_bytes: int, *, mode: int = 0o600, keep: bool = False
    ) -> Self:
        """Create and attach a new segment of `size_bytes` bytes, zero-filled.

        `key`: 1 to 2**31 - 1, or None for a random one. `mode`: permission bits; no umask applies. `keep`: do not
        remove it when its creator ends. Raises FileExistsError, PermissionError, TypeError, ValueError, and
        OSError(EINVAL, ENOSPC or ENOMEM) beyond the limits of this host. Source: shmget(2), shmat(2).
        """
        chosen = key is not None
        key = names.checked_key(key) if chosen else names.random_key()
        size_bytes = checked_size(size_bytes)
        what = kinds.describe(cls.kind, key)
        _check_shmmax(size_bytes, what)
        with ledger.creating(cls.kind, key, chosen=chosen, keep=keep), translated(what, creating=True, limit=_LIMIT):
            memory = _created(key, names.checked_mode(mode), size_bytes)
            return cls(memory, key, creator=True, keep=keep)

    @classmethod
    def open(cls, key: int | None = None, *, id: int | None = None) -> Self:
        """Attach the existing segment with this `key`, or with this `id`.

        Raises FileNotFoundError, PermissionError, TypeError or ValueError. Source: shmget(2), shmat(2).
        """
        if (key is None) == (id is None):
            raise TypeError("give a key or an id, one of the two")
        if key is None:
            return cls(_attach_id(id), kinds.row(cls.kind, id)["key"], creator=False)
        with translated(kinds.describe(cls.kind, names.checked_key(key)), creating=False):
            return cls(sysv_ipc.SharedMemory(key), key, creator=False)

    @property
    def key(self) -> int:
        """The key to find it by, 1 to 2**31 - 1."""
        return self._name

    @property
    def id(self) -> int:
        """The id that shmget(2) returned."""
        return self._memory.id

    @property
    def mode(self) -> int:
        """The permission bits that it has now. Raises FileNotFoundError once removed."""
        with translated(self.what, creating=False):
            return self._memory.mode & 0o777

    @property
    def attach_count(self) -> int:
        """The number of attachments as the kernel counts them (shm_nattch). Raises FileNotFoundError once removed."""
        with translated(self.what, creating=False):
            return self._memory.number_attached

    def remove(self) -> None:
        """Mark it for removal (IPC_RMID): the key is free at once, the memory at the last detach.

        Raises FileNotFoundError when it was removed already, PermissionError when it is another user's.
        Source: shmctl(2).
        """
        if self._destroyed():
            raise os_error(errno.ENOENT, f"{self.what} was removed already; remove once, by its owner")
        try:
            self._memory.remove()
        except sysv_ipc.PermissionsError as error:
            raise only_its_owner(self.what) from error
        ledger.removed(self.kind, self._name)

    destroy = remove

    def _destroyed(self) -> bool:
        row = kinds.row(self.kind, self._memory.id)
        return row is None or bool(row["perms"] & kinds.MARKED_FOR_REMOVAL)

    def _whole(self) -> memoryview:
        self._check_open()
        return memoryview(self._root).cast("B")

    def _unmap(self) -> None:
        alive, self._root = weakref.ref(self._root), None
        root = alive()
        if root is not None:
            self._root = root
            raise self._refuse_views()

    def __reduce__(self) -> tuple[Any, ...]:
        return _open_by_id, (self._memory.id,)


def _created(key: int, mode: int, size_bytes: int) -> sysv_ipc.SharedMemory:
    """Create a segment and attach it; when sysv_ipc cannot attach it, remove it again."""
    try:
        return sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX, mode=mode, size=size_bytes, init_character=b"\0")
    except sysv_ipc.ExistentialError:
        raise
    except BaseException:
        found = next((row for row in kinds.table(kinds.SYSV_SEGMENT) if row["key"] == key), None)
        if found and found["cpid"] == os.getpid() and found["nattch"] == 0:
            sysv_ipc.remove_shared_memory(found["id"])
        raise


def _check_shmmax(size_bytes: int, what: str) -> None:
    most = limits.shmmax()
    if size_bytes > most:
        raise os_error(
            errno.EINVAL,
            f"{what} of {limits.in_words(size_bytes)} is more than SHMMAX, {limits.in_words(most)}: ask for less, "
            "or have root raise it (sysctl kernel.shmmax)",
        )


def _attach_id(id: Any) -> sysv_ipc.SharedMemory:
    if isinstance(id, bool) or not isinstance(id, int):
        raise TypeError(f"id is {id!r}: a System V id is the integer that shmget gave")
    what = f"{kinds.SYSV_SEGMENT} with id {id}"
    try:
        with translated(what, creating=False):
            return sysv_ipc.attach(id)
    except (ValueError, OverflowError) as error:  # EINVAL: nothing has this id
        raise os_error(errno.ENOENT, f"{what} does not exist: it was never created, or was removed since") from error


def _open_by_id(id: int) -> SysvSegment:
    return SysvSegment.open(id=id)
