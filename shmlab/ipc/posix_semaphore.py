"""POSIX semaphores: a count with a name. The kernel is asked only when a process has to wait or to be woken."""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import time
from typing import Any, Self

import posix_ipc

from shmlab.ipc import kinds, ledger, names
from shmlab.ipc.errors import os_error, translated
from shmlab.ipc.libc import libc
from shmlab.ipc.semaphore import Semaphore, checked_value

_SEM_T_BYTES = 32  # sizeof(sem_t) in glibc on every 64-bit Linux


class PosixSemaphore(Semaphore, ipc="posix"):
    """A named semaphore from sem_open(3).

    It has no owner, and it is not released when a process that acquired it dies.
    """

    kind = kinds.POSIX_SEMAPHORE

    _name: str

    def __init__(self, name: str, semaphore: posix_ipc.Semaphore) -> None:
        super().__init__(name)
        self._semaphore = semaphore
        self._identity = kinds.identity(self.kind, name)

    @classmethod
    def create(  # type: ignore[override]  # the base class chooses the name, a kind takes it
        cls, name: str | None, value: int = 1, *, mode: int = 0o600, keep: bool = False
    ) -> Self:
        """Create a semaphore that holds `value` units. `name`: "/ready", or None for a random one.

        `mode`: permission bits, less the umask. `keep`: do not remove it when its creator ends.
        Raises FileExistsError, PermissionError, TypeError or ValueError. Source: sem_open(3).
        """
        checked_value(value, posix_ipc.SEMAPHORE_VALUE_MAX)
        mode = names.checked_mode(mode)
        if name is None:
            name = names.random_name()
            with (
                ledger.creating(cls.kind, name, chosen=False, keep=keep),
                translated(kinds.describe(cls.kind, name), creating=True, limit="the size of /dev/shm"),
            ):
                _make_file(name, value, mode)
        else:
            name = names.checked_name(name)
            _make_named(name, value, mode, keep)
        with translated(kinds.describe(cls.kind, name), creating=False):
            return cls(name, posix_ipc.Semaphore(name))

    @classmethod
    def open(cls, name: str) -> Self:
        """Open the existing semaphore `name`. Raises FileNotFoundError, PermissionError or ValueError.

        Source: sem_open(3).
        """
        name = names.checked_name(name)
        what = kinds.describe(cls.kind, name)
        with translated(what, creating=False):
            semaphore = posix_ipc.Semaphore(name)
        if os.stat(names.semaphore_path(name)).st_size < _SEM_T_BYTES:  # an access would be a SIGBUS
            semaphore.close()
            raise ValueError(f"{what} is no semaphore: its file is too short; remove {names.semaphore_path(name)}")
        return cls(name, semaphore)

    @property
    def name(self) -> str:
        """The POSIX name, with its slash."""
        return self._name

    @property
    def value(self) -> int:
        self._check_open()
        return self._semaphore.value

    def release(self) -> None:
        self._check_open()
        try:
            self._semaphore.release()
        except OSError as error:
            raise os_error(error.errno, f"{self.what} holds as many units as it can") from error

    def _wait(self, timeout: float | None) -> bool:
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            remaining = None if deadline is None else max(0, deadline - time.monotonic())
            try:
                self._semaphore.acquire(remaining)
                return True
            except posix_ipc.BusyError:
                return False
            except posix_ipc.SignalError:
                continue  # Python has run the signal's handler; that of Ctrl-C has raised

    def close(self) -> None:
        if not self._closed:
            self._semaphore.close()
            self._closed = True

    def unlink(self) -> None:
        """Remove the name; processes that have the semaphore open keep using it.

        Raises FileNotFoundError when the name is gone, or belongs to another semaphore by now. Source: sem_unlink(3).
        """
        if kinds.identity(self.kind, self._name) != self._identity:
            raise os_error(errno.ENOENT, f"{self.what} was unlinked already; unlink once")
        kinds.remove(self.kind, self._name, self._identity)
        ledger.removed(self.kind, self._name)

    destroy = unlink

    def __reduce__(self) -> tuple[Any, ...]:
        return PosixSemaphore.open, (self._name,)


def _make_named(name: str, value: int, mode: int, keep: bool) -> None:
    """Create a semaphore under a recorded random name, then link it to the chosen one: link(2) is exclusive.

    sem_open(3) does the same under a temporary name of its own, which nobody could remove after a kill -9
    between its two steps.
    """
    kind, temporary = kinds.POSIX_SEMAPHORE, names.random_name()
    with (
        ledger.creating(kind, temporary, chosen=False),
        translated(kinds.describe(kind, name), creating=True, limit="the size of /dev/shm"),
    ):
        _make_file(temporary, value, mode)
    try:
        with (
            ledger.creating(kind, name, chosen=True, keep=keep),
            translated(kinds.describe(kind, name), creating=True, limit="the size of /dev/shm"),
        ):
            os.link(names.semaphore_path(temporary), names.semaphore_path(name))
    finally:
        os.unlink(names.semaphore_path(temporary))
        ledger.removed(kind, temporary)


def _make_file(name: str, value: int, mode: int) -> None:
    """Create the file that glibc's sem_open maps: a sem_t initialised for use between processes."""
    path = names.semaphore_path(name)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        os.posix_fallocate(descriptor, 0, _SEM_T_BYTES)
        with mmap.mmap(descriptor, _SEM_T_BYTES) as memory:
            semaphore = (ctypes.c_char * _SEM_T_BYTES).from_buffer(memory)
            libc.sem_init(semaphore, 1, value)
            del semaphore
    except BaseException:
        os.unlink(path)
        raise
    finally:
        os.close(descriptor)
