"""A mutex between processes: the C library's own, process-shared, error-checking and robust."""

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
# A held mutex stays mapped to the end of its process: the kernel finds a dead owner's only there.
_held: set[Mutex] = set()


class Mutex(Shared):
    """A robust mutex: it knows its owner, and tells the next one when the owner died.

    Sources: pthread_mutexattr_setpshared(3), pthread_mutexattr_setrobust(3).
    """

    magic = 0x7368_6D6C_6162_0001

    def __init__(self, segment: Segment, offset: int) -> None:
        super().__init__(segment, offset)
        self._pointer: Any = ctypes.byref(self._slot)
        self._holder: tuple[int, int] | None = None

    @classmethod
    def create(cls, segment: Segment, offset: int = 0) -> Self:
        """Initialise a mutex in the 64 bytes of `segment` at `offset`; nobody may be using them."""
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
        """Take the mutex, waiting for its owner. Always True.

        Raises TimeoutError after `timeout` seconds, OwnerDied when the owner died (you hold the
        mutex then), RuntimeError when this thread holds it already, OSError(ENOTRECOVERABLE) when
        somebody released it unrepaired after a death.
        """
        timeout = checked_timeout(timeout)
        self._check_open()
        if not self._lock_until(None if timeout is None else time.monotonic() + timeout):
            raise timed_out(self.what, timeout)
        return True

    def try_acquire(self) -> bool:
        """Take the mutex if it is free; says whether it did. Raises as acquire does."""
        self._check_open()
        # Not pthread_mutex_trylock: glibc's leaves an unrecoverable mutex locked for ever when it says
        # ENOTRECOVERABLE, so that the next one waits without end. A deadline long past is the same try.
        return self._took(libc.pthread_mutex_timedlock(self._pointer, ctypes.byref(timespec(0))))

    def _lock_until(self, deadline: float | None) -> bool:
        while not self.try_acquire():
            remaining = SLICE_S if deadline is None else min(SLICE_S, deadline - time.monotonic())
            if remaining <= 0:
                return False
            # pthread_mutex_timedlock counts in wall-clock time: a slice is all that a jump of it can cost.
            until = timespec(time.time() + remaining)
            if self._took(libc.pthread_mutex_timedlock(self._pointer, ctypes.byref(until))):
                return True
        return True

    def _took(self, code: int) -> bool:
        """Whether a lock call got the mutex; raises when it can never get it."""
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
        """Say that what the mutex protects was repaired after OwnerDied. See pthread_mutex_consistent(3)."""
        self._check_open()
        code = libc.pthread_mutex_consistent(self._pointer)
        if code:
            raise RuntimeError(f"{self.what} is consistent already: call this once, after OwnerDied, while holding it")

    def release(self) -> None:
        """Let the next one in. Raises RuntimeError when this thread does not hold it."""
        self._check_open()
        code = libc.pthread_mutex_unlock(self._pointer)
        if code == errno.EPERM:
            raise RuntimeError(f"{self.what} is not held by this process: only the one who acquired it may release it")
        if code:
            raise os_error(code, f"{self.what} cannot be released")
        self._holder = None
        _held.discard(self)

    def held(self) -> bool:
        """Whether this very thread holds it."""
        return self._holder == _this_thread()

    def close(self) -> None:
        """Let go of the memory. Raises RuntimeError while this process holds the mutex."""
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
    """Call a pthread function of the C library; an unsupported or failing one is an error that names it."""
    function = getattr(libc, name, None)
    if function is None:
        raise NotImplementedError(f"this C library has no {name}: robust process-shared mutexes need Linux")
    code = function(*arguments)
    if code:
        raise os_error(code, f"{name} failed")


def _this_thread() -> tuple[int, int]:
    return os.getpid(), threading.get_ident()
