"""System V semaphores: a key, an id, and SEM_UNDO, by which the kernel undoes changes when a process ends."""

from __future__ import annotations

import ctypes
import errno
import time
from typing import Any, Self

import sysv_ipc

from shmlab.ipc import kinds, ledger, names
from shmlab.ipc.errors import os_error, translated
from shmlab.ipc.libc import libc, timespec
from shmlab.ipc.semaphore import Semaphore, checked_value

_IPC_NOWAIT, _SEM_UNDO = 0o4000, 0x1000
_LONGEST_WAIT_S = 2**31


class _Operation(ctypes.Structure):
    _fields_ = (("number", ctypes.c_ushort), ("change", ctypes.c_short), ("flags", ctypes.c_short))


class SysvSemaphore(Semaphore, ipc="sysv"):
    """A set of one System V semaphore, from semget(2).

    `undo=True` (SEM_UNDO): when a process ends, the kernel takes its changes of the count back. That releases a lock
    whose owner was killed; it does not repair the data, and it makes a count that is used as a signal wrong.

    >>> lock = SysvSemaphore.create(None, undo=True)
    >>> with lock:
    ...     lock.value
    0
    >>> lock.remove()
    """

    kind = kinds.SYSV_SEMAPHORE

    _name: int

    def __init__(self, semaphore: sysv_ipc.Semaphore, *, undo: bool = False) -> None:
        super().__init__(semaphore.key)
        self._semaphore = semaphore
        self._semaphore.undo = undo

    @classmethod
    def create(  # type: ignore[override]  # the base class chooses the key, a kind takes it
        cls, key: int | None, value: int = 1, *, mode: int = 0o600, undo: bool = False, keep: bool = False
    ) -> Self:
        """Create a semaphore that holds `value` units. `key`: 1 to 2**31 - 1, or None for a random one.

        `mode`: permission bits; no umask applies. `keep`: do not remove it when its creator ends. The kernel creates
        it in one step and gives it its value in another: open it in another process only after this has returned.
        Raises FileExistsError, PermissionError, TypeError, ValueError, OSError(ENOSPC). Source: semget(2), semctl(2).
        """
        checked_value(value, sysv_ipc.SEMAPHORE_VALUE_MAX)
        chosen = key is not None
        key = names.checked_key(key) if chosen else names.random_key()
        mode = names.checked_mode(mode)
        with (
            ledger.creating(cls.kind, key, chosen=chosen, keep=keep),
            translated(kinds.describe(cls.kind, key), creating=True, limit="what /proc/sys/kernel/sem allows"),
        ):
            semaphore = sysv_ipc.Semaphore(key, sysv_ipc.IPC_CREX, mode=mode, initial_value=value)
        return cls(semaphore, undo=undo)

    @classmethod
    def open(cls, key: int, *, undo: bool = False) -> Self:
        """Open the existing semaphore with this key. Raises FileNotFoundError or PermissionError.

        Source: semget(2).
        """
        with translated(kinds.describe(cls.kind, names.checked_key(key)), creating=False):
            return cls(sysv_ipc.Semaphore(key), undo=undo)

    @property
    def key(self) -> int:
        """The key to find it by, 1 to 2**31 - 1."""
        return self._name

    @property
    def id(self) -> int:
        """The id that semget(2) returned."""
        return self._semaphore.id

    @property
    def undo(self) -> bool:
        """Whether the kernel takes back what this process did to the count when it ends (SEM_UNDO)."""
        return self._semaphore.undo

    @property
    def value(self) -> int:
        self._check_open()
        with translated(self.what, creating=False):
            return self._semaphore.value

    def release(self) -> None:
        self._check_open()
        with translated(self.what, creating=False):
            try:
                self._semaphore.release()
            except ValueError as error:
                raise os_error(errno.ERANGE, f"{self.what} holds as many units as it can") from error

    def _wait(self, timeout: float | None) -> bool:
        # Through libc: sysv_ipc comes built without timeouts, and its acquire(timeout) then waits for ever.
        if not hasattr(libc, "semtimedop"):
            raise NotImplementedError("this C library has no semtimedop(2): use a POSIX semaphore")
        deadline = None if timeout is None else time.monotonic() + timeout
        flags = (_SEM_UNDO if self._semaphore.undo else 0) | (_IPC_NOWAIT if timeout == 0 else 0)
        operation = _Operation(0, -1, flags)
        while True:
            limit = None
            if deadline is not None:
                limit = ctypes.byref(timespec(min(max(0, deadline - time.monotonic()), _LONGEST_WAIT_S)))
            if libc.semtimedop(self._semaphore.id, ctypes.byref(operation), ctypes.c_size_t(1), limit) == 0:
                return True
            code = ctypes.get_errno()
            if code == errno.EAGAIN:
                return False
            if code in (errno.EIDRM, errno.EINVAL):
                raise os_error(errno.EIDRM, f"{self.what} was removed meanwhile; create it anew")
            if code != errno.EINTR:
                raise os_error(code, f"{self.what}: it cannot be acquired")

    def close(self) -> None:
        self._closed = True  # the kernel has nothing to close: it knows a System V semaphore by its id

    def remove(self) -> None:
        """Remove it at once (IPC_RMID); the waits of other processes end with an error.

        Raises FileNotFoundError when it was removed already. Source: semctl(2).
        """
        with translated(self.what, creating=False):
            self._semaphore.remove()
        ledger.removed(self.kind, self._name)

    destroy = remove

    def __reduce__(self) -> tuple[Any, ...]:
        return _open_by_key, (self._name, self.undo)


def _open_by_key(key: int, undo: bool) -> SysvSemaphore:
    return SysvSemaphore.open(key, undo=undo)
