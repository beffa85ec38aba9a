"""A condition between processes, made of a mutex and futex(2).

glibc's pthread_cond_t has no robust form: if a process is killed while it waits, every later signal may hang.
This condition is a number that grows at each notification. A waiting process sleeps until the number has changed,
and the kernel itself forgets a process that dies.
"""

from __future__ import annotations

import ctypes
import time
from typing import TYPE_CHECKING, Any, Self

from shmlab.ipc.libc import FUTEX_WAIT, FUTEX_WAKE, futex, futex_number, timespec
from shmlab.ipc.slot import SLICE_S, Shared, Slot, check_slot
from shmlab.primitives import checked_timeout, timed_out

if TYPE_CHECKING:
    from shmlab.ipc.mutex import Mutex
    from shmlab.ipc.segment import Segment

_EVERYBODY = 2**31 - 1


class Condition(Shared):
    """Wait, with a mutex held, until another process says that something changed.

    Mesa style: when a wait returns, the mutex is held again, but what was waited for need not be true: wait in a
    `while`. A process that is killed while it waits harms no other. Source: pthread_cond_wait(3), futex(2).

    >>> with Segment.create(128) as segment:
    ...     mutex = Mutex.create(segment, offset=0)
    ...     changed = Condition.create(mutex, segment, offset=64)
    ...     with changed:
    ...         changed.notify_all()
    ...     changed.close()
    ...     mutex.close()
    """

    magic = 0x7368_6D6C_6162_0002

    def __init__(self, mutex: Mutex, segment: Segment, offset: int) -> None:
        super().__init__(segment, offset)
        self._mutex = mutex

    @classmethod
    def create(cls, mutex: Mutex, segment: Segment, offset: int = 0) -> Self:
        """Initialise a condition for `mutex` in the 64 bytes of `segment` at `offset`.

        Raises TypeError or ValueError for a segment or an offset that cannot be, NotImplementedError on a machine
        whose futex(2) is not known.
        """
        check_slot(segment, offset, cls.size_bytes)
        futex_number()
        slot = segment.view(Slot, offset)
        slot.word = 0
        slot.magic = cls.magic
        del slot
        return cls(mutex, segment, offset)

    @classmethod
    def open(cls, mutex: Mutex, segment: Segment, offset: int = 0) -> Self:  # type: ignore[override]
        """Use the condition that another process created at `offset`. Raises ValueError when there is none."""
        return cls(mutex, segment, offset)

    def wait(self, timeout: float | None = None) -> bool:
        """Release the mutex, wait for a notification, acquire the mutex again; return True.

        Raises TimeoutError after `timeout` seconds, with the mutex held again; RuntimeError when this thread does not
        hold the mutex; OwnerDied when the mutex was last held by a process that died.
        """
        timeout = checked_timeout(timeout)
        self._need_mutex("wait on")
        seen = self._slot.word
        self._mutex.release()
        try:
            woken = self._sleep(seen, None if timeout is None else time.monotonic() + timeout)
        finally:
            self._mutex.acquire()
        if not woken:
            raise timed_out(self.what, timeout, "notified")
        return True

    def _sleep(self, seen: int, deadline: float | None) -> bool:
        """Wait until the word is no longer `seen`; return False when the deadline came first."""
        while self._slot.word == seen:
            remaining = SLICE_S if deadline is None else min(SLICE_S, deadline - time.monotonic())
            if remaining <= 0:
                return False
            futex(self._word_address(), FUTEX_WAIT, seen, timespec(remaining))
        return True

    def notify(self) -> None:
        """Wake at least one waiting process, if there is one.

        More than one may wake, as POSIX allows: so a notification is not lost when the process that got it dies.
        Raises RuntimeError when this thread does not hold the mutex.
        """
        self._wake(1)

    def notify_all(self) -> None:
        """Wake every waiting process. Raises RuntimeError when this thread does not hold the mutex."""
        self._wake(_EVERYBODY)

    def _wake(self, most: int) -> None:
        self._need_mutex("notify")
        self._slot.word += 1  # an ordinary store is enough: the mutex is held
        futex(self._word_address(), FUTEX_WAKE, most, None)

    def _word_address(self) -> int:
        return ctypes.addressof(self._slot) + Slot.word.offset

    def _need_mutex(self, verb: str) -> None:
        self._check_open()
        if not self._mutex.held():
            raise RuntimeError(f"{self.what}: hold its mutex when you {verb} it; without, a notification can be lost")

    def __enter__(self) -> Self:
        self._mutex.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self._mutex.release()

    def __reduce__(self) -> tuple[Any, ...]:
        return Condition.open, (self._mutex, self._segment, self._offset)
