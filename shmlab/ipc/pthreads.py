"""Mutex, condition and barrier between processes, in memory that the processes share.

The mutex is the C library's own: process-shared, error-checking, robust. The condition and the
barrier stand on it and on futex(2), because glibc's have no robust form: a process killed while it
waits in a pthread_cond_t can leave every later signaller hanging, and a pthread_barrier_t has no
time-out. All three are a few words of a segment; nothing else is kept in the kernel.
"""

import ctypes
import errno
import os
import platform
import threading
import time

from shmlab.ipc.errors import OwnerDied, checked_timeout, os_error, timed_out
from shmlab.ipc.segment import Segment
from shmlab.ipc.semaphores import timespec

SLOT_BYTES = 64  # a cache line each; pthread_mutex_t has 40 bytes on x86-64 and 48 on AArch64
BARRIER_BYTES = 3 * SLOT_BYTES

_libc = ctypes.CDLL(None, use_errno=True)
_PROCESS_SHARED, _ERROR_CHECK, _ROBUST = 1, 2, 1
_FUTEX_WAIT, _FUTEX_WAKE = 0, 1
_FUTEX_NUMBERS = {"x86_64": 202, "aarch64": 98, "riscv64": 98, "ppc64le": 221, "s390x": 238}
# pthread_mutex_lock does not come back for a signal: wait in slices, so that Ctrl-C works.
_SLICE_S = 0.05
_EVERYBODY = 2**31 - 1


class _Slot(ctypes.Structure):
    """One cache line: the object itself, and a word that says it was initialised."""

    __slots__ = ()
    _fields_ = (("storage", ctypes.c_byte * 48), ("magic", ctypes.c_uint64), ("word", ctypes.c_uint32))


class _Shared:
    """What the three have in common: a slot in a segment, initialised once, attached by all."""

    size_bytes = SLOT_BYTES
    magic = 0

    def __init__(self, segment, offset):
        self._segment, self._offset = segment, offset
        self.what = f"{type(self).__name__.lower()} at offset {offset} of {segment.what}"
        self._slot = segment.view(_Slot, offset)
        if self._slot.magic != self.magic:
            found = self._slot.magic
            self._slot = None
            raise ValueError(f"{self.what}: nothing was created here (found {found:#x}); create it before you open it")

    @classmethod
    def open(cls, segment, offset=0):
        """Use the one that another process created at `offset` of this segment.

        Raises ValueError when there is none.
        """
        return cls(segment, offset)

    def close(self):
        """Let go of the memory in this process, so that the segment can be closed."""
        self._slot = None

    def _check_open(self):
        if self._slot is None:
            raise ValueError(f"{self.what} is closed in this process: open it again")

    def __reduce__(self):
        return type(self).open, (self._segment, self._offset)

    def __repr__(self):
        return f"<{self.what}{', closed' if self._slot is None else ''}>"


class Mutex(_Shared):
    """A robust mutex: it knows its owner, and tells the next one when the owner died.

    Sources: pthread_mutexattr_setpshared(3), pthread_mutexattr_setrobust(3).
    """

    magic = 0x7368_6D6C_6162_0001

    def __init__(self, segment, offset):
        super().__init__(segment, offset)
        self._pointer = ctypes.byref(self._slot)
        self._holder = None

    @classmethod
    def create(cls, segment, offset=0):
        """Initialise a mutex in the 64 bytes of `segment` at `offset`; nobody may be using them."""
        _check_slot(segment, offset, cls.size_bytes)
        slot = segment.view(_Slot, offset)
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

    def acquire(self, timeout=None):
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

    def try_acquire(self):
        """Take the mutex if it is free; says whether it did. Raises as acquire does."""
        self._check_open()
        return self._took(_libc.pthread_mutex_trylock(self._pointer))

    def _lock_until(self, deadline):
        while not self.try_acquire():
            remaining = _SLICE_S if deadline is None else min(_SLICE_S, deadline - time.monotonic())
            if remaining <= 0:
                return False
            # pthread_mutex_timedlock counts in wall-clock time: a slice is all that a jump of it can cost.
            until = timespec(time.time() + remaining)
            if self._took(_libc.pthread_mutex_timedlock(self._pointer, ctypes.byref(until))):
                return True
        return True

    def _took(self, code):
        """Whether a lock call got the mutex; raises when it can never get it."""
        if code in (errno.EBUSY, errno.ETIMEDOUT):
            return False
        if code == errno.EDEADLK:
            raise RuntimeError(f"{self.what} is held by this thread already: acquiring it twice would wait for ever")
        if code == errno.ENOTRECOVERABLE:
            raise os_error(
                code,
                f"{self.what} is unusable: an owner died, and the next one released it without consistent(); create it anew",
            )
        if code not in (0, errno.EOWNERDEAD):
            raise os_error(code, f"{self.what} cannot be acquired")
        self._holder = _this_thread()
        if code == errno.EOWNERDEAD:
            raise OwnerDied(self.what)
        return True

    def consistent(self):
        """Say that what the mutex protects was repaired after OwnerDied. See pthread_mutex_consistent(3)."""
        self._check_open()
        code = _libc.pthread_mutex_consistent(self._pointer)
        if code:
            raise RuntimeError(f"{self.what} is consistent already: call this once, after OwnerDied, while holding it")

    def release(self):
        """Let the next one in. Raises RuntimeError when this thread does not hold it."""
        self._check_open()
        code = _libc.pthread_mutex_unlock(self._pointer)
        if code == errno.EPERM:
            raise RuntimeError(f"{self.what} is not held by this thread: only the one who acquired it may release it")
        if code:
            raise os_error(code, f"{self.what} cannot be released")
        self._holder = None

    def held(self):
        """Whether this very thread holds it."""
        return self._holder == _this_thread()

    def close(self):
        """Let go of the memory. Raises RuntimeError while this process holds the mutex."""
        if self._holder is not None and self._holder[0] == os.getpid():
            raise RuntimeError(f"{self.what} is held: release it before you close it")
        self._pointer = None
        super().close()

    def __enter__(self):
        self.acquire()
        return self

    def __exit__(self, *_):
        self.release()


class Condition(_Shared):
    """Wait, with a mutex held, until another process says that something changed.

    Mesa style: a woken waiter finds the mutex free, not the condition true, so wait in a `while`.
    A process killed while it waits harms nobody. Source: pthread_cond_wait(3), futex(2).
    """

    magic = 0x7368_6D6C_6162_0002

    def __init__(self, mutex, segment, offset):
        super().__init__(segment, offset)
        self._mutex = mutex

    @classmethod
    def create(cls, mutex, segment, offset=0):
        """Initialise a condition for `mutex` in the 64 bytes of `segment` at `offset`."""
        _check_slot(segment, offset, cls.size_bytes)
        _futex_number()
        slot = segment.view(_Slot, offset)
        slot.word = 0
        slot.magic = cls.magic
        del slot
        return cls(mutex, segment, offset)

    @classmethod
    def open(cls, mutex, segment, offset=0):
        """Use the condition that another process created. Raises ValueError when there is none."""
        return cls(mutex, segment, offset)

    def wait(self, timeout=None):
        """Release the mutex, wait to be notified, acquire the mutex again. Always True.

        Raises TimeoutError after `timeout` seconds, with the mutex held again; RuntimeError without
        the mutex; OwnerDied when the mutex came back from a dead owner.
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

    def _sleep(self, seen, deadline):
        """Wait until the word is no longer `seen`; False when the deadline came first."""
        while self._slot.word == seen:
            remaining = _SLICE_S if deadline is None else min(_SLICE_S, deadline - time.monotonic())
            if remaining <= 0:
                return False
            _futex(self._slot, _FUTEX_WAIT, seen, timespec(remaining))
        return True

    def notify(self):
        """Wake one waiter, if there is one. Raises RuntimeError without the mutex."""
        self._wake(1)

    def notify_all(self):
        """Wake every waiter. Raises RuntimeError without the mutex."""
        self._wake(_EVERYBODY)

    def _wake(self, most):
        self._need_mutex("notify")
        self._slot.word += 1  # an ordinary store will do: the mutex is held
        _futex(self._slot, _FUTEX_WAKE, most, None)

    def _need_mutex(self, verb):
        self._check_open()
        if not self._mutex.held():
            raise RuntimeError(f"{self.what}: hold its mutex when you {verb} it; without, a notification can be lost")

    def __enter__(self):
        self._mutex.acquire()
        return self

    def __exit__(self, *_):
        self._mutex.release()

    def __reduce__(self):
        return Condition.open, (self._mutex, self._segment, self._offset)


class _Arrivals(ctypes.Structure):
    __slots__ = ()
    _fields_ = (("arrived", ctypes.c_uint64), ("parties", ctypes.c_uint64))


class Barrier(_Shared):
    """A process barrier: nobody passes until `parties` have come; then it is ready for the next round.

    `arrived` only grows, and the round is arrived // parties: each change is one store, so a death
    in the middle of one leaves nothing to repair. Source: pthread_barrier_wait(3).
    """

    size_bytes = BARRIER_BYTES
    magic = 0x7368_6D6C_6162_0001  # its first slot is its mutex

    def __init__(self, segment, offset):
        super().__init__(segment, offset)
        self._mutex = Mutex.open(segment, offset)
        self._changed = Condition.open(self._mutex, segment, offset + SLOT_BYTES)
        self._state = segment.view(_Arrivals, offset + 2 * SLOT_BYTES)

    @classmethod
    def create(cls, parties, segment, offset=0):
        """Initialise a barrier for `parties` processes in the 192 bytes of `segment` at `offset`."""
        if isinstance(parties, bool) or not isinstance(parties, int):
            raise TypeError(f"parties is {parties!r}: a barrier waits for a whole number of processes")
        if parties < 1:
            raise ValueError(f"parties is {parties}: a barrier waits for at least 1 process")
        _check_slot(segment, offset, cls.size_bytes)
        mutex = Mutex.create(segment, offset)
        Condition.create(mutex, segment, offset + SLOT_BYTES)
        state = segment.view(_Arrivals, offset + 2 * SLOT_BYTES)
        state.arrived, state.parties = 0, parties
        del state
        return cls(segment, offset)

    def wait(self, timeout=None):
        """Wait for all the others; returns how many of this round came before.

        Raises TimeoutError after `timeout` seconds; the arrival is then taken back, and the others
        wait on.
        """
        timeout = checked_timeout(timeout)
        self._check_open()
        deadline = None if timeout is None else time.monotonic() + timeout
        self._lock()
        try:
            turn = self._state.arrived
            goal = turn - turn % self._state.parties + self._state.parties
            self._state.arrived = turn + 1
            if self._state.arrived == goal:
                self._changed.notify_all()
            self._wait_for(goal, deadline, timeout)
            return turn % self._state.parties
        finally:
            self._mutex.release()

    def _wait_for(self, goal, deadline, timeout):
        try:
            while self._state.arrived < goal:
                # In slices: the last arrival may have died between its store and its notification.
                remaining = _SLICE_S if deadline is None else min(_SLICE_S, deadline - time.monotonic())
                if remaining <= 0:
                    raise timed_out(self.what, timeout, "full")
                self._wait_slice(remaining)
        except BaseException:
            if self._state.arrived < goal:  # whoever leaves before the round is full has not arrived
                self._state.arrived -= 1
            raise

    def _wait_slice(self, seconds):
        try:
            self._changed.wait(seconds)
        except OwnerDied:
            self._mutex.consistent()
        except TimeoutError:
            pass  # the caller looks at the count and at its own deadline

    def _lock(self):
        try:
            self._mutex.acquire()
        except OwnerDied:
            self._mutex.consistent()  # see the class: a death leaves the count as it was before or after

    def close(self):
        self._mutex.close()
        self._changed.close()
        self._state = None
        super().close()


def _check_slot(segment, offset, size_bytes):
    if not isinstance(segment, Segment):
        raise TypeError(f"segment is {segment!r}: give the Segment to put it into")
    if offset % 8 or offset < 0:
        raise ValueError(f"offset is {offset}: give a multiple of 8 from 0 up (64 keeps it on its own cache line)")
    if offset + size_bytes > segment.size_bytes:
        raise ValueError(f"{segment.what} is too small: {size_bytes} bytes are needed at offset {offset}")


def _call(name, *arguments):
    """Call a pthread function of the C library; an unsupported or failing one is an error that names it."""
    function = getattr(_libc, name, None)
    if function is None:
        raise NotImplementedError(f"this C library has no {name}: robust process-shared mutexes need Linux")
    code = function(*arguments)
    if code:
        raise os_error(code, f"{name} failed")


def _futex_number():
    machine = platform.machine()
    if machine not in _FUTEX_NUMBERS or platform.system() != "Linux":
        raise NotImplementedError(f"conditions and barriers need futex(2), whose number on {machine} is not known here")
    return _FUTEX_NUMBERS[machine]


def _futex(slot, operation, value, limit):
    """futex(2) on the slot's word, between processes. A word that has changed, a time-out and a
    signal are all reasons to look again, which every caller does; nothing else can go wrong."""
    address = ctypes.c_void_p(ctypes.addressof(slot) + _Slot.word.offset)
    pointer = None if limit is None else ctypes.byref(limit)
    number = ctypes.c_long(_futex_number())
    done = _libc.syscall(number, address, operation, ctypes.c_uint32(value), pointer, None, 0)
    code = ctypes.get_errno()
    if done == -1 and code not in (errno.EAGAIN, errno.ETIMEDOUT, errno.EINTR):
        raise os_error(code, "futex failed")


def _this_thread():
    return os.getpid(), threading.get_ident()
