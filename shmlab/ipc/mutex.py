"""A mutex between processes: pthread_mutex_t of the C library, process-shared, error-checking and robust."""

from __future__ import annotations

import ctypes
import errno
import os
import threading
import time
from typing import TYPE_CHECKING, Any, Self

from shmlab.ipc.errors import os_error
from shmlab.ipc.libc import libc, timespec
from shmlab.ipc.slot import SLICE_S, Shared, Slot, check_slot
from shmlab.primitives import OwnerDied, checked_timeout, not_recoverable, timed_out

if TYPE_CHECKING:
    from shmlab.ipc.segment import Segment

_PROCESS_SHARED, _ERROR_CHECK, _ROBUST = 1, 2, 1
# A held mutex must stay mapped until its process ends: the kernel marks a dead owner's mutexes in its memory.
_held: set[Mutex] = set()


class Mutex(Shared):
    """A robust mutex: it knows its owner, and tells the next owner when the one before died.

    Sources: pthread_mutexattr_setpshared(3), pthread_mutexattr_setrobust(3).
    """

    magic = 0x7368_6D6C_6162_0001

    def __init__(self, segment: Segment, offset: int) -> None:
        super().__init__(segment, offset)
        self._pointer: Any = ctypes.byref(self._slot)
        self._holder: tuple[int, int] | None = None

    @classmethod
    def create(cls, segment: Segment, offset: int = 0) -> Self:
        """Initialise a mutex in the 64 bytes of `segment` at `offset`; no process may be using them.

        Raises TypeError or ValueError for a segment or an offset that cannot be, NotImplementedError where the C
        library has no robust mutexes.
        """
        check_slot(segment, offset, cls.size_bytes)
        slot = segment.view(Slot, offset)
        ctypes.memset(ctypes.addressof(slot), 0, ctypes.sizeof(slot))
        attributes = ctypes.create_string_buffer(16)
        _call("pthread_mutexattr_init", attributes)
        _call("pthread_mutexattr_setpshared", attributes, _PROCESS_SHARED)
        _call("pthread_mutexattr_settype", attributes, _ERROR_CHECK)
        _call("pthread_mutexattr_setrobust", attributes, _ROBUST)
        _call("pthread_mutex_init", ctypes.byref(slot), attributes)
        slot.magic = cls.magic
        del slot
        return cls(segment, offset)

    def acquire(self, timeout: float | None = None) -> bool:
        """Acquire the mutex, waiting until its owner releases it; return True.

        Raises TimeoutError after `timeout` seconds, OwnerDied when the owner died (you hold the mutex then),
        RuntimeError when this thread holds it already, OSError(ENOTRECOVERABLE) when it was released unrepaired after
        an owner's death.
        """
        timeout = checked_timeout(timeout)
        self._check_open()
        mine = self.held()
        try:
            if not self._lock_until(None if timeout is None else time.monotonic() + timeout):
                raise timed_out(self.what, timeout)
        except KeyboardInterrupt:
            if not mine:  # the interrupt may have come when the mutex was given, and nobody would release it
                self._unlock()
            raise
        return True

    def try_acquire(self) -> bool:
        """Acquire the mutex if it is free; return whether it was. Raises what acquire raises, except TimeoutError."""
        self._check_open()
        # Not pthread_mutex_trylock: glibc's leaves an unrecoverable mutex locked for ever when it returns
        # ENOTRECOVERABLE, so that the next process waits without end. A deadline long past has the same effect.
        return self._took(libc.pthread_mutex_timedlock(self._pointer, ctypes.byref(timespec(0))))

    def _lock_until(self, deadline: float | None) -> bool:
        while not self.try_acquire():
            remaining = SLICE_S if deadline is None else min(SLICE_S, deadline - time.monotonic())
            if remaining <= 0:
                return False
            # pthread_mutex_timedlock counts in wall-clock time: if the clock is set, one slice is all that is lost.
            until = timespec(time.clock_gettime(time.CLOCK_REALTIME) + remaining)
            if self._took(libc.pthread_mutex_timedlock(self._pointer, ctypes.byref(until))):
                return True
        return True

    def _took(self, code: int) -> bool:
        """Return whether a lock call that returned `code` acquired the mutex. Raise an error if it never can."""
        if code in (errno.EBUSY, errno.ETIMEDOUT):
            return False
        if code == errno.EDEADLK:
            raise RuntimeError(f"{self.what} is held by this process already: acquiring it twice would wait for ever")
        if code == errno.ENOTRECOVERABLE:
            raise not_recoverable(self.what)
        if code not in (0, errno.EOWNERDEAD):
            raise os_error(code, f"{self.what} cannot be acquired")
        self._holder = _this_thread()
        _held.add(self)
        if code == errno.EOWNERDEAD:
            raise OwnerDied(self.what)
        return True

    def consistent(self) -> None:
        """Say that what the mutex protects was repaired after OwnerDied.

        Raises RuntimeError unless this thread holds it after OwnerDied. Source: pthread_mutex_consistent(3).
        """
        self._check_open()
        code = libc.pthread_mutex_consistent(self._pointer)
        if code:
            raise RuntimeError(f"{self.what} is consistent already: call this once, after OwnerDied, while holding it")

    def release(self) -> None:
        """Release the mutex. Raises RuntimeError when this thread does not hold it."""
        self._check_open()
        mine = self.held()
        try:
            code = self._unlock()
        except KeyboardInterrupt:
            if mine:
                self._unlock()
            raise
        if code == errno.EPERM:
            raise RuntimeError(f"{self.what} is not held by this process: only the one who acquired it may release it")
        if code:
            raise os_error(code, f"{self.what} cannot be released")

    def _unlock(self) -> int:
        """Give the mutex back, if this thread has it, and return the C library's code: EPERM if it has not."""
        code: int = libc.pthread_mutex_unlock(self._pointer)
        if code == 0 or (code == errno.EPERM and self.held()):
            self._holder = None
            _held.discard(self)
        return code

    def held(self) -> bool:
        """Return whether this thread holds the mutex."""
        return self._holder == _this_thread()

    def close(self) -> None:
        """Drop the view of the memory, so that the segment can be closed.

        Raises RuntimeError while this process holds the mutex.
        """
        if self._holder is not None and self._holder[0] == os.getpid():
            raise RuntimeError(f"{self.what} is held: release it before you close it")
        self._pointer = None
        super().close()

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def _call(name: str, *arguments: Any) -> None:
    """Call a pthread function of the C library. Raise an error that names it when it is missing or fails."""
    function = getattr(libc, name, None)
    if function is None:
        raise NotImplementedError(f"this C library has no {name}: robust process-shared mutexes need Linux")
    code = function(*arguments)
    if code:
        raise os_error(code, f"{name} failed")


def _this_thread() -> tuple[int, int]:
    return os.getpid(), threading.get_ident()
