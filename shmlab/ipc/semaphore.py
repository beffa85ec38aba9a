"""Counting semaphores between processes, POSIX and System V, with the same methods.

They are acquire, try_acquire, release and value; a with-block acquires and releases. A semaphore has no owner: any
process may release what another acquired, and nothing happens when a process that acquired it dies.
"""

from __future__ import annotations

import abc
from typing import Any, Self

from shmlab.ipc import kinds
from shmlab.primitives import checked_timeout, timed_out


class Semaphore(abc.ABC):
    """A counter that never goes below zero: acquire waits for a unit, release gives one back.

    Source: sem_overview(7).
    """

    kind = ""
    _families: dict[str, Any] = {}  # noqa: RUF012 - one dict for all: each kind enters itself

    def __init_subclass__(cls, *, ipc: str) -> None:
        Semaphore._families[ipc] = cls

    def __init__(self, name: str | int) -> None:
        self._name = name
        self.what = kinds.describe(self.kind, name)
        self._closed = False

    @staticmethod
    def create(value: int = 1, *, ipc: str = "posix", mode: int = 0o600, keep: bool = False) -> Semaphore:
        """Create a semaphore of `value` units and of the kind `ipc`, "posix" or "sysv", under a random name or key.

        `mode`: permission bits. `keep`: do not remove it when its creator ends. Raises ValueError for another kind,
        and what PosixSemaphore.create or SysvSemaphore.create raises.
        """
        if ipc not in Semaphore._families:
            raise ValueError(f'ipc is {ipc!r}: choose "posix" or "sysv"')
        return Semaphore._families[ipc].create(None, value, mode=mode, keep=keep)

    def acquire(self, timeout: float | None = None) -> bool:
        """Take one unit, waiting until there is one; return True, as threading.Semaphore does.

        Raises TimeoutError after `timeout` seconds (0: at once), ValueError after close(), OSError when the semaphore
        is removed meanwhile.
        """
        timeout = checked_timeout(timeout)
        self._check_open()
        if not self._wait(timeout):
            raise timed_out(self.what, timeout)
        return True

    def try_acquire(self) -> bool:
        """Take one unit if there is one now; return whether there was."""
        self._check_open()
        return self._wait(0)

    @abc.abstractmethod
    def release(self) -> None:
        """Give one unit back and wake one waiting process. Raises OSError when the count is as large as it can be."""

    @property
    @abc.abstractmethod
    def value(self) -> int:
        """The count now; another process may have changed it by the time you look at it."""

    @abc.abstractmethod
    def close(self) -> None:
        """Close it in this process; the semaphore itself remains. A second call does nothing."""

    @abc.abstractmethod
    def destroy(self) -> None:
        """Unlink a POSIX semaphore, remove a System V one. Raises FileNotFoundError when that was done before."""

    @abc.abstractmethod
    def _wait(self, timeout: float | None) -> bool:
        """Take a unit within `timeout` seconds; return whether it did. A signal does not end the wait."""

    def _check_open(self) -> None:
        if self._closed:
            raise ValueError(f"{self.what} is closed in this process: open it again")

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def __repr__(self) -> str:
        try:
            state = "closed" if self._closed else f"value {self.value}"
        except FileNotFoundError:
            state = "removed"
        except OSError:
            state = "value unknown"
        return f"<{self.what}, {state}>"


def checked_value(value: int, most: int) -> int:
    """Return `value` itself. Raise TypeError or ValueError when no semaphore can hold it."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"value is {value!r}: a semaphore holds a whole number of units")
    if not 0 <= value <= most:
        raise ValueError(f"value is {value}: a semaphore of this kind holds 0 to {most} units")
    return value
