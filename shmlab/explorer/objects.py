"""Semaphores, mutexes, conditions and barriers in a check: the verbs of the real ones, as operations.

The model answers; what it answers becomes what the real object returns or raises (see shmlab.ipc).
"""

import errno
import os

from shmlab import primitives
from shmlab.explorer import ops
from shmlab.explorer.ops import Op
from shmlab.primitives import OwnerDied, checked_timeout, timed_out


class Handle:
    """What one process holds of a synchronization object: its number and its name."""

    goal = "acquired"

    def __init__(self, process, number, what):
        self._process = process
        self.number = number
        self.what = what

    def _do(self, kind, *values, timeout=None):
        answer = self._process.do(Op(kind, self.number, 0, values))
        if isinstance(answer, str):
            raise self._error(answer, timeout)
        return answer

    def _error(self, problem, timeout):
        what = self.what
        if problem == ops.TIMED_OUT:
            return timed_out(what, timeout, self.goal)
        if problem == ops.OWNER_DIED:
            return OwnerDied(what)
        if problem == ops.NOT_RECOVERABLE:
            code = errno.ENOTRECOVERABLE
            return OSError(code, f"{what} is unusable, as a dead owner's data was never repaired: {os.strerror(code)}")
        return RuntimeError(
            {
                ops.HELD_ALREADY: f"{what} is held by this process already: acquiring it twice would wait for ever",
                ops.NOT_HELD: self.not_held,
                ops.CONSISTENT_ALREADY: f"{what} is consistent already: call this once, after OwnerDied, "
                "while holding it",
            }[problem]
        )

    @property
    def not_held(self):
        return f"{self.what} is not held by this process: only the one who acquired it may release it"

    def __repr__(self):
        return f"<{self.what}>"


class _Lock(Handle):
    def acquire(self, timeout=None):
        timeout = checked_timeout(timeout)
        return self._do("acquire", timeout is not None, timeout=timeout)

    def try_acquire(self):
        return self._do("try_acquire")

    def release(self):
        self._do("release")

    def __enter__(self):
        self.acquire()
        return self

    def __exit__(self, *_):
        self.release()


class SemaphoreHandle(_Lock):
    """A semaphore."""

    @property
    def value(self):
        return self._do("value")


class MutexHandle(_Lock):
    """A robust mutex."""

    def consistent(self):
        self._do("consistent")


class ConditionHandle(Handle):
    """A condition; `mutex` is the handle of its mutex."""

    goal = "notified"

    def __init__(self, process, number, what, mutex):
        super().__init__(process, number, what)
        self._mutex = mutex

    def wait(self, timeout=None):
        timeout = checked_timeout(timeout)
        return self._do("wait", timeout is not None, timeout=timeout)

    def notify(self):
        self._do("notify")

    def notify_all(self):
        self._do("notify_all")

    def _error(self, problem, timeout):
        return self._mutex._error(problem, timeout) if problem == ops.OWNER_DIED else super()._error(problem, timeout)

    @property
    def not_held(self):
        return f"{self.what}: hold its mutex when you use it; without, a notification can be lost"

    def __enter__(self):
        self._mutex.acquire()
        return self

    def __exit__(self, *_):
        self._mutex.release()


class BarrierHandle(Handle):
    """A process barrier."""

    goal = "full"

    def wait(self, timeout=None):
        timeout = checked_timeout(timeout)
        return self._do("barrier", timeout is not None, timeout=timeout)


_HANDLES = {primitives.Semaphore: SemaphoreHandle, primitives.Mutex: MutexHandle, primitives.Barrier: BarrierHandle}


def handles(process, sync):
    """name -> handle, or list of handles, for each declared object; numbered as `numbered` numbers them."""
    numbers = {name: number for number, (name, _) in enumerate(numbered(sync))}

    def make(name, declared):
        what = f"{type(declared).__name__.lower()} {name!r}"
        if isinstance(declared, primitives.Condition):
            return ConditionHandle(process, numbers[name], what, make(declared.mutex, primitives.Mutex()))
        return _HANDLES[type(declared)](process, numbers[name], what)

    return {
        name: [make(f"{name}[{index}]", one) for index, one in enumerate(declared)]
        if isinstance(declared, list)
        else make(name, declared)
        for name, declared in sync.items()
    }


def numbered(sync):
    """[(name, declaration)] of every object, lists taken apart: turn[0], turn[1]."""
    found = []
    for name, declared in sync.items():
        if isinstance(declared, list):
            found += [(f"{name}[{index}]", one) for index, one in enumerate(declared)]
        else:
            found.append((name, declared))
    return found
