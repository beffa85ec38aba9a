"""Declarations of semaphores, mutexes, conditions and barriers, and atomics on shared fields.

A learner's function uses both. The declarations are plain values: a real run makes kernel objects from them, a
check models them. An atomic acts natively on real memory; in a check it is one step of a schedule.
"""

from __future__ import annotations

import contextvars
import ctypes
import dataclasses
import errno
import functools
import math
import numbers
import operator
import os
from typing import Any

from shmlab import layout

try:
    from shmlab.native import _native  # type: ignore[attr-defined]  # it is C
except ImportError:  # installed without a C compiler: each use raises NotImplementedError
    _native = None


@dataclasses.dataclass(frozen=True)
class Semaphore:
    """A counting semaphore that starts with `initial` units: acquire waits for a unit, release gives one back.

    `undo`: when a process ends, the kernel takes back what it did to the count (SEM_UNDO, System V only).
    Raises TypeError or ValueError for an `initial` that is no whole number from 0 up.
    """

    initial: int = 1
    undo: bool = False

    def __post_init__(self) -> None:
        _check_count(self, "initial", 0)


@dataclasses.dataclass(frozen=True)
class Mutex:
    """A robust mutex: only its owner may release it, and the next owner learns of the death of the one before."""


@dataclasses.dataclass(frozen=True)
class Condition:
    """A condition for the mutex declared under the name `mutex`.

    >>> sync = {"lock": Mutex(), "changed": Condition("lock")}
    """

    mutex: str


@dataclasses.dataclass(frozen=True)
class Barrier:
    """A process barrier: no process passes until `parties` processes have come, 1 or more."""

    parties: int

    def __post_init__(self) -> None:
        _check_count(self, "parties", 1)


DECLARATIONS = (Semaphore, Mutex, Condition, Barrier)


def _check_count(declared: Semaphore | Barrier, name: str, least: int) -> None:
    kind, count = type(declared).__name__, getattr(declared, name)
    if isinstance(count, bool) or not isinstance(count, numbers.Integral):
        raise TypeError(f"{kind}({name}={count!r}): give a whole number")
    if count < least:
        raise ValueError(f"{kind}({name}={count}): give {least} or more")
    object.__setattr__(declared, name, int(count))  # numpy has integers of its own


class OwnerDied(OSError):
    """The previous owner of a robust mutex died while holding it; now you hold it.

    Repair what the mutex protects, then call `consistent()`, then `release()`. To release it without
    `consistent()` makes it unusable for ever. errno is EOWNERDEAD.
    Source: pthread_mutexattr_setrobust(3).
    """

    def __init__(self, what: str) -> None:
        self._what = what
        super().__init__(
            errno.EOWNERDEAD,
            f"{what}: its owner died while holding it. You hold it now, and what it protects may be "
            "half written: repair it, call consistent(), then release()",
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return OwnerDied, (self._what,)


def checked_timeout(timeout: float | None) -> float | None:
    """Return `timeout` itself, in seconds or None.

    Raise TypeError, or ValueError for a negative or infinite number.
    """
    if timeout is None:
        return None
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)):
        raise TypeError(f"timeout is {timeout!r}: give seconds as a number, or None to wait for ever")
    if timeout < 0 or not math.isfinite(timeout):
        raise ValueError(f"timeout is {timeout!r}: give seconds from 0 up, or None to wait for ever")
    return timeout


def timed_out(what: str, timeout: float | None, goal: str = "acquired") -> TimeoutError:
    """Return the TimeoutError for a wait for `what` that lasted `timeout` seconds."""
    words = f"{what} was not {goal} within {timeout:g} s: look at the process that it waits for"
    return TimeoutError(errno.ETIMEDOUT, words)


def not_recoverable(what: str) -> OSError:
    """Return the OSError for a mutex that was released unrepaired after its owner's death."""
    code = errno.ENOTRECOVERABLE
    words = "is unusable, as a dead owner's data was never repaired (consistent())"
    return OSError(code, f"{what} {words}: create it anew [{errno.errorcode[code]}: {os.strerror(code)}]")


# In a check: the object that runs the learner's function, and takes its fence() and pause(). Else None.
HOST: contextvars.ContextVar[Any] = contextvars.ContextVar("host", default=None)


def fetch_add(memory: Any, place: str | int, amount: int) -> int:
    """Add `amount` and return the old value, in one step. An overflow wraps around, as in C.

    `memory`, `place`: a Structure and a field's name, or an array and an index; an integer of 1 to 8 bytes.
    Raises ValueError for a place that is misaligned or out of range. Source: C11, 7.17.7.5.
    """
    return _atomic("fetch_add", memory, place, operator.index(amount))


def exchange(memory: Any, place: str | int, value: int) -> int:
    """Store `value` and return the old value, in one step. Places and errors as of fetch_add.

    Source: C11, 7.17.7.3.

    >>> exchange((ctypes.c_int64 * 1)(5), 0, 7)
    5
    """
    return _atomic("exchange", memory, place, operator.index(value))


def compare_exchange(memory: Any, place: str | int, expected: int, desired: int) -> bool:
    """Store `desired` if the value is `expected`, in one step, and return whether it did.

    Places and errors as of fetch_add. Source: C11, 7.17.7.4.

    >>> compare_exchange((ctypes.c_int64 * 1)(5), 0, expected=4, desired=7)
    False
    """
    return _atomic("compare_exchange", memory, place, operator.index(expected), operator.index(desired))


def load_acquire(memory: Any, place: str | int) -> int:
    """Load a value; no later load or store of this process happens before this load.

    Places and errors as of fetch_add. Source: C11, 7.17.7.2.

    >>> load_acquire((ctypes.c_int64 * 2)(5, 7), 1)
    7
    """
    return _atomic("load_acquire", memory, place)


def store_release(memory: Any, place: str | int, value: int) -> None:
    """Store `value`; no earlier load or store of this process happens after this store.

    A process that loads the value with `load_acquire` sees all that this process stored before.
    Places and errors as of fetch_add. Source: C11, 7.17.7.1.

    >>> store_release((ctypes.c_int64 * 1)(), 0, 7)
    """
    _atomic("store_release", memory, place, operator.index(value))


def _atomic(name: str, memory: Any, place: str | int, *values: int) -> Any:
    """Do an atomic operation natively; in a check, let the model of the memory do it."""
    if hasattr(type(memory), "take_atomic"):
        return memory.take_atomic(name, place, *values)
    if not isinstance(memory, ctypes.Array | ctypes.Structure | ctypes.Union):
        raise TypeError(f"{memory!r} is no shared memory: give shm and a field's name, or an array of it and an index")
    offset, size, signed = atomic_place(type(memory), place)
    done = getattr(need_native(), name)(memory, offset, size, *values)
    return with_sign(done, size) if signed and name not in ("compare_exchange", "store_release") else done


def fence() -> None:
    """Set a full memory fence: no load or store of this process moves across it. Source: C11, 7.17.4.1.

    >>> fence()
    """
    host = HOST.get()
    if host is None:
        need_native().fence()
    else:
        host.fence()


def pause() -> None:
    """Mark one round of a spin loop, and let another process have the processor. Source: sched_yield(2).

    >>> pause()
    """
    host = HOST.get()
    if host is not None:
        host.pause()
        return
    os.sched_yield()
    if _native is not None:
        _native.pause()


def invoke(name: str, *arguments: Any) -> None:
    """Say that an operation begins: its name and arguments in the program's specification (`linearizable`), plain data.

    Only `Program.check` looks at it. Source: Herlihy and Wing, "Linearizability", ACM TOPLAS 12 (3), 1990.

    >>> invoke("send", 7)
    """
    if (host := HOST.get()) is not None:
        host.invoke(name, arguments)


def respond(result: Any) -> Any:
    """Say that the operation has ended, with this result, plain data; return the result. See invoke.

    >>> respond(7)
    7
    """
    if (host := HOST.get()) is not None:
        host.respond(result)
    return result


def native_atomics() -> bool:
    """Return whether this installation has the C extension that atomics need."""
    return _native is not None


NO_NATIVE = (
    "native atomics are missing, because no C compiler was there when shmlab was installed. Install one "
    "(Debian, Ubuntu: apt install gcc python3-dev; Fedora: dnf install gcc python3-devel; conda: c-compiler), "
    "then install shmlab again (in its folder: make setup FRESH=1)"
)


def need_native() -> Any:
    """Return the C extension. Raise NotImplementedError, saying how to install it, where there is none."""
    if _native is None:
        raise NotImplementedError(NO_NATIVE)
    return _native


def atomic_place(kind: Any, place: str | int) -> tuple[int, int, bool]:
    """Return (offset, size in bytes, whether it is signed) of the field or element `place` of a layout.

    Raises TypeError, ValueError or AttributeError for a place that no atomic works on.
    """
    if not issubclass(kind, ctypes.Array):
        return _structure_field(kind, place)
    index = operator.index(place)  # type: ignore[arg-type]  # a name is a TypeError here
    if not -kind._length_ <= index < kind._length_:
        raise ValueError(f"index {index} is out of range: the array has {kind._length_} elements")
    size = ctypes.sizeof(kind._type_)
    return index % kind._length_ * size, size, _has_sign(kind._type_, place)


@functools.cache
def _structure_field(kind: Any, name: Any) -> tuple[int, int, bool]:
    field: Any = getattr(kind, name, None)
    field_kind = layout.field_type(kind, name)
    if field.size != ctypes.sizeof(field_kind):
        raise ValueError(f"{name!r} is a bit field: atomics work on whole bytes")
    return field.offset, field.size, _has_sign(field_kind, name)


def _has_sign(kind: type[Any], place: str | int) -> bool:
    if kind not in _SIGNED:
        raise ValueError(f"{place!r} is a {kind.__name__}: atomics work on native integers of 1 to 8 bytes")
    return _SIGNED[kind]


_SIGNED: dict[Any, bool] = {
    getattr(ctypes, f"c_{sign}int{bits}"): not sign for sign in ("", "u") for bits in (8, 16, 32, 64)
}
_SIGNED |= {ctypes.c_longlong: True, ctypes.c_ulonglong: False, ctypes.c_size_t: False}


def with_sign(value: int, size: int) -> int:
    """Return an unsigned number of `size` bytes as C's signed integer of that size."""
    return value - (1 << 8 * size) if value >> (8 * size - 1) else value
