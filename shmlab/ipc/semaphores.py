"""Counting semaphores between processes, POSIX and System V, under one vocabulary.

acquire · try_acquire · release · value, or `with`. A semaphore has no owner: any process may
release what another acquired, and nobody notices when one that acquired it dies.
"""

import abc
import ctypes
import errno
import math
import mmap
import os
import time

import posix_ipc
import sysv_ipc

from shmlab.ipc import kinds, ledger, names
from shmlab.ipc.errors import checked_timeout, os_error, timed_out, translated

_libc = ctypes.CDLL(None, use_errno=True)
SYSV_VALUE_MAX = sysv_ipc.SEMAPHORE_VALUE_MAX


class Semaphore(abc.ABC):
    """A counter that never goes below zero: acquire waits for a unit, release gives one back."""

    kind = ""

    def __init__(self, name):
        self._name = name
        self.what = kinds.describe(self.kind, name)
        self._closed = False

    @staticmethod
    def create(value=1, *, ipc="posix", mode=0o600, keep=False):
        """Create a semaphore of the kind `ipc`, "posix" or "sysv", under a random name or key."""
        return semaphore_class(ipc).create(None, value, mode=mode, keep=keep)

    def acquire(self, timeout=None):
        """Take one unit, waiting until there is one. Always True, so that it reads well in a test.

        Raises TimeoutError after `timeout` seconds (0: at once), ValueError after close(), OSError
        when the semaphore is removed meanwhile.
        """
        timeout = checked_timeout(timeout)
        self._check_open()
        if not self._wait(timeout):
            raise timed_out(self.what, timeout)
        return True

    def try_acquire(self):
        """Take one unit if there is one now; says whether it did."""
        self._check_open()
        return self._wait(0)

    @abc.abstractmethod
    def release(self):
        """Give one unit back and wake one waiter."""

    @property
    @abc.abstractmethod
    def value(self):
        """The count now; by the time you look at it, it may be another."""

    @abc.abstractmethod
    def close(self):
        """Let go of it in this process; the semaphore lives on. A second call does nothing."""

    @abc.abstractmethod
    def destroy(self):
        """Unlink or remove it, whichever word its kind has."""

    @abc.abstractmethod
    def _wait(self, timeout):
        """Take a unit within `timeout` seconds; says whether it did. Begins again after a signal."""

    def _check_open(self):
        if self._closed:
            raise ValueError(f"{self.what} is closed in this process: open it again")

    def __enter__(self):
        self.acquire()
        return self

    def __exit__(self, *_):
        self.release()

    def __repr__(self):
        try:
            state = "closed" if self._closed else f"value {self.value}"
        except OSError:
            state = "removed"
        return f"<{self.what}, {state}>"


class PosixSemaphore(Semaphore):
    """A named semaphore from sem_open(3)."""

    kind = kinds.POSIX_SEMAPHORE

    def __init__(self, name, semaphore):
        super().__init__(name)
        self._semaphore = semaphore
        self._identity = kinds.identity(self.kind, name)

    @classmethod
    def create(cls, name, value=1, *, mode=0o600, keep=False):
        """Create a semaphore that holds `value` units. `name`: "/ready", or None for a random one.

        Raises FileExistsError, PermissionError or ValueError. Source: sem_open(3).
        """
        checked_value(value, posix_ipc.SEMAPHORE_VALUE_MAX)
        mode = names.checked_mode(mode)
        if name is None:
            name = names.random_name()
            with ledger.creating(cls.kind, name, chosen=False, keep=keep):
                _make_file(name, value, mode)
        else:
            name = names.checked_name(name)
            _make_named(name, value, mode, keep)
        with translated(kinds.describe(cls.kind, name), creating=False):
            return cls(name, posix_ipc.Semaphore(name))

    @classmethod
    def open(cls, name):
        """Open the existing semaphore `name`. Raises FileNotFoundError or PermissionError."""
        name = names.checked_name(name)
        with translated(kinds.describe(cls.kind, name), creating=False):
            return cls(name, posix_ipc.Semaphore(name))

    @property
    def name(self):
        return self._name

    @property
    def value(self):
        self._check_open()
        return self._semaphore.value

    def release(self):
        self._check_open()
        self._semaphore.release()

    def _wait(self, timeout):
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            remaining = None if deadline is None else max(0, deadline - time.monotonic())
            try:
                self._semaphore.acquire(remaining)
                return True
            except posix_ipc.BusyError:
                return False
            except posix_ipc.SignalError:
                continue  # Python has run the signal's handler; Ctrl-C has left through it

    def close(self):
        if not self._closed:
            self._semaphore.close()
            self._closed = True

    def unlink(self):
        """Take the name away; processes that have it open keep using it. See sem_unlink(3).

        Raises FileNotFoundError when the name is gone, or belongs to another semaphore by now.
        """
        if kinds.identity(self.kind, self._name) != self._identity:
            raise os_error(errno.ENOENT, f"{self.what} was unlinked already; unlink once")
        kinds.remove(self.kind, self._name, self._identity)
        ledger.removed(self.kind, self._name)

    destroy = unlink

    def __reduce__(self):
        return PosixSemaphore.open, (self._name,)


def _make_named(name, value, mode, keep):
    """Create under a recorded random name, then link to the chosen one: link(2) is exclusive.

    sem_open(3) does the same under a temporary name of its own, which nobody could clean up
    after a kill -9 between its two steps.
    """
    kind, temporary = kinds.POSIX_SEMAPHORE, names.random_name()
    with ledger.creating(kind, temporary, chosen=False):
        _make_file(temporary, value, mode)
    try:
        with ledger.creating(kind, name, chosen=True, keep=keep), translated(kinds.describe(kind, name), creating=True):
            try:
                os.link(names.semaphore_path(temporary), names.semaphore_path(name))
            except FileExistsError as error:
                raise posix_ipc.ExistentialError from error
    finally:
        os.unlink(names.semaphore_path(temporary))
        ledger.removed(kind, temporary)


def _make_file(name, value, mode):
    """The file that glibc's sem_open maps: a sem_t initialised for use between processes."""
    path = names.semaphore_path(name)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        os.posix_fallocate(descriptor, 0, _SEM_T_BYTES)
        with mmap.mmap(descriptor, _SEM_T_BYTES) as memory:
            semaphore = (ctypes.c_char * _SEM_T_BYTES).from_buffer(memory)
            _libc.sem_init(semaphore, 1, value)
            del semaphore
    except BaseException:
        os.unlink(path)
        raise
    finally:
        os.close(descriptor)


_SEM_T_BYTES = 32  # sizeof(sem_t) in glibc on every 64-bit Linux


class _Operation(ctypes.Structure):
    _fields_ = (("number", ctypes.c_ushort), ("change", ctypes.c_short), ("flags", ctypes.c_short))


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


def timespec(seconds):
    """A C struct timespec of `seconds`."""
    whole = math.floor(seconds)
    return _Timespec(whole, int((seconds - whole) * 1e9))


_IPC_NOWAIT, _SEM_UNDO = 0o4000, 0x1000
_TIME_T_MAX = 2**31


class SysvSemaphore(Semaphore):
    """A set of one System V semaphore, from semget(2).

    `undo=True` (SEM_UNDO): when a process dies, the kernel takes its changes of the count back. That
    frees a lock whose holder was killed; it never repairs the data, and it ruins a count used as a signal.
    """

    kind = kinds.SYSV_SEMAPHORE

    def __init__(self, semaphore, *, undo=False):
        super().__init__(semaphore.key)
        self._semaphore = semaphore
        self._semaphore.undo = undo

    @classmethod
    def create(cls, key, value=1, *, mode=0o600, undo=False, keep=False):
        """Create a semaphore that holds `value` units. `key`: 1 to 2**31 - 1, or None for a random one.

        The kernel creates it in one step and gives it its value in another: open it elsewhere only
        once this has returned. Raises FileExistsError, PermissionError, ValueError, OSError(ENOSPC).
        Source: semget(2), semctl(2).
        """
        checked_value(value, SYSV_VALUE_MAX)
        chosen = key is not None
        key = names.checked_key(key) if chosen else names.random_key()
        mode = names.checked_mode(mode)
        with (
            ledger.creating(cls.kind, key, chosen=chosen, keep=keep),
            translated(kinds.describe(cls.kind, key), creating=True),
        ):
            semaphore = sysv_ipc.Semaphore(key, sysv_ipc.IPC_CREX, mode=mode, initial_value=value)
        return cls(semaphore, undo=undo)

    @classmethod
    def open(cls, key, *, undo=False):
        """Open the existing semaphore with this key. Raises FileNotFoundError or PermissionError."""
        with translated(kinds.describe(cls.kind, names.checked_key(key)), creating=False):
            return cls(sysv_ipc.Semaphore(key), undo=undo)

    @property
    def key(self):
        return self._name

    @property
    def id(self):
        return self._semaphore.id

    @property
    def undo(self):
        return self._semaphore.undo

    @property
    def value(self):
        self._check_open()
        with translated(self.what, creating=False):
            return self._semaphore.value

    def release(self):
        self._check_open()
        with translated(self.what, creating=False):
            self._semaphore.release()

    def _wait(self, timeout):
        # Through libc: the wheels of sysv_ipc are built without timeouts, and its acquire(timeout)
        # then waits for ever.
        if not hasattr(_libc, "semtimedop"):
            raise NotImplementedError("this C library has no semtimedop(2): use a POSIX semaphore")
        deadline = None if timeout is None else time.monotonic() + timeout
        flags = (_SEM_UNDO if self._semaphore.undo else 0) | (_IPC_NOWAIT if timeout == 0 else 0)
        operation = _Operation(0, -1, flags)
        while True:
            limit = None
            if deadline is not None:
                limit = ctypes.byref(timespec(min(max(0, deadline - time.monotonic()), _TIME_T_MAX)))
            if _libc.semtimedop(self._semaphore.id, ctypes.byref(operation), ctypes.c_size_t(1), limit) == 0:
                return True
            code = ctypes.get_errno()
            if code == errno.EAGAIN:
                return False
            if code != errno.EINTR:
                raise os_error(code, f"{self.what}: it cannot be acquired")

    def close(self):
        self._closed = True  # a System V semaphore needs no closing: the kernel knows it by its id

    def remove(self):
        """Remove it at once; waiters wake with an error. See semctl(2), IPC_RMID.

        Raises FileNotFoundError when it was removed already.
        """
        with translated(self.what, creating=False):
            self._semaphore.remove()
        ledger.removed(self.kind, self._name)

    destroy = remove

    def __reduce__(self):
        return _open_by_key, (self._name, self.undo)


def _open_by_key(key, undo):
    return SysvSemaphore.open(key, undo=undo)


def semaphore_class(ipc):
    """The class behind "posix" or "sysv". Raises ValueError for any other word."""
    classes = {"posix": PosixSemaphore, "sysv": SysvSemaphore}
    if ipc not in classes:
        raise ValueError(f'ipc is {ipc!r}: choose "posix" or "sysv"')
    return classes[ipc]


def checked_value(value, most):
    """`value` itself. Raises TypeError or ValueError when no semaphore can hold it."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"value is {value!r}: a semaphore holds a whole number of units")
    if not 0 <= value <= most:
        raise ValueError(f"value is {value}: a semaphore of this kind holds 0 to {most} units")
    return value
