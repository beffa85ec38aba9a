"""What a learner's function may use: declared synchronization, and atomics on shared fields.

The declarations are plain values: a real run makes kernel objects from them, a check models them.
Atomics act natively on real memory; on the memory of a check, they are steps of its schedule.
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

_native: Any
try:
    from shmlab.native import _native
except ImportError:  # installed without a C compiler; every use says so
    _native = None


@dataclasses.dataclass(frozen=True)
class Semaphore:
    """A counting semaphore that starts with `initial` units: acquire waits for one, release gives one.

    `undo`: when a process ends, its changes of the count are taken back (System V's SEM_UNDO only).
    """

    initial: int = 1
    undo: bool = False

    def __post_init__(self) -> None:
        _check_count(self, "initial", 0)


@dataclasses.dataclass(frozen=True)
class Mutex:
    """A robust mutex: only its owner may release it, and the next one learns of its owner's death."""


@dataclasses.dataclass(frozen=True)
class Condition:
    """A condition for the mutex declared under the name `mutex`.

    >>> sync = {"lock": Mutex(), "changed": Condition("lock")}
    """

    mutex: str


@dataclasses.dataclass(frozen=True)
class Barrier:
    """A process barrier that lets nobody pass until `parties` have come."""

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
    object.__setattr__(declared, name, int(count))  # it may be one of numpy's


class OwnerDied(OSError):
    """The previous owner of a robust mutex died while holding it; now you hold it.

    Repair what the mutex protects, then call `consistent()`, then `release()`. Releasing without
    `consistent()` makes the mutex unusable for ever. errno is EOWNERDEAD.
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
    """`timeout` in seconds, or None for ever. Raises ValueError for a negative or endless number."""
    if timeout is None:
        return None
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)):
        raise TypeError(f"timeout is {timeout!r}: give seconds as a number, or None to wait for ever")
    if timeout < 0 or not math.isfinite(timeout):
        raise ValueError(f"timeout is {timeout!r}: give seconds from 0 up, or None to wait for ever")
    return timeout


def timed_out(what: str, timeout: float | None, goal: str = "acquired") -> TimeoutError:
    """The TimeoutError of a wait for `what` that lasted `timeout` seconds."""
    return TimeoutError(errno.ETIMEDOUT, f"{what} was not {goal} within {timeout:g} s: look for who should have come")


def not_recoverable(what: str) -> OSError:
    """The OSError of a mutex that was released unrepaired after its owner's death."""
    code = errno.ENOTRECOVERABLE
    words = "is unusable, as a dead owner's data was never repaired (consistent())"
    return OSError(code, f"{what} {words}: create it anew [{errno.errorcode[code]}: {os.strerror(code)}]")


# What runs the function at hand, when that is not the machine itself: it takes fence() and pause().
HOST: contextvars.ContextVar[Any] = contextvars.ContextVar("host", default=None)


def fetch_add(memory: Any, place: str | int, amount: int) -> int:
    """Add `amount` and return the old value, in one step. Wraps as C's integers do.

    `memory`, `place`: a Structure and a field's name, or an array and an index; 1 to 8 bytes.
    Raises ValueError for a place that is misaligned or out of range. Source: C11, 7.17.7.5.
    """
    return _atomic("fetch_add", memory, place, operator.index(amount))


def exchange(memory: Any, place: str | int, value: int) -> int:
    """Store `value` and return the old one, in one step. Source: C11, 7.17.7.3.

    >>> exchange((ctypes.c_int64 * 1)(5), 0, 7)
    5
    """
    return _atomic("exchange", memory, place, operator.index(value))


def compare_exchange(memory: Any, place: str | int, expected: int, desired: int) -> bool:
    """Store `desired` if the value is `expected`, in one step; True when it did. Source: C11, 7.17.7.4.

    >>> compare_exchange((ctypes.c_int64 * 1)(5), 0, expected=4, desired=7)
    False
    """
    return _atomic("compare_exchange", memory, place, operator.index(expected), operator.index(desired))


def load_acquire(memory: Any, place: str | int) -> int:
    """Load; nothing later in this process happens before it. Source: C11, 7.17.7.2.

    >>> load_acquire((ctypes.c_int64 * 2)(5, 7), 1)
    7
    """
    return _atomic("load_acquire", memory, place)


def store_release(memory: Any, place: str | int, value: int) -> None:
    """Store; who loads it with `load_acquire` sees all that came before it here. Source: C11, 7.17.7.1.

    >>> store_release((ctypes.c_int64 * 1)(), 0, 7)
    """
    _atomic("store_release", memory, place, operator.index(value))


def _atomic(name: str, memory: Any, place: str | int, *values: int) -> Any:
    """Do it natively, or have it done by what stands for the memory in a check."""
    if hasattr(type(memory), "take_atomic"):
        return memory.take_atomic(name, place, *values)
    if not isinstance(memory, ctypes.Array | ctypes.Structure | ctypes.Union):
        raise TypeError(f"{memory!r} is no shared memory: give shm and a field's name, or an array of it and an index")
    offset, size, signed = atomic_place(type(memory), place)
    done = getattr(need_native(), name)(memory, offset, size, *values)
    return with_sign(done, size) if signed and name not in ("compare_exchange", "store_release") else done


def fence() -> None:
    """A full memory fence: no load or store moves across it. Source: C11, 7.17.4.1.

    >>> fence()
    """
    host = HOST.get()
    if host is None:
        need_native().fence()
    else:
        host.fence()


def pause() -> None:
    """Say that this is one round of a spin loop, and let another process have the processor.

    >>> pause()
    """
    host = HOST.get()
    if host is not None:
        host.pause()
        return
    os.sched_yield()
    if _native is not None:
        _native.pause()


def native_atomics() -> bool:
    """Whether this installation has the C part that atomics need."""
    return _native is not None


NO_NATIVE = (
    "native atomics are missing, because no C compiler was there when shmlab was installed. Install one "
    "(Debian, Ubuntu: apt install gcc python3-dev; Fedora: dnf install gcc python3-devel; conda: c-compiler), "
    "then install shmlab again (in its folder: make setup FRESH=1)"
)


def need_native() -> Any:
    """The C part. Raises NotImplementedError, with the cure, where this installation has none."""
    if _native is None:
        raise NotImplementedError(NO_NATIVE)
    return _native


def atomic_place(kind: type[Any], place: str | int) -> tuple[int, int, bool]:
    """(offset, size in bytes, whether it has a sign) of the field or element `place` in a layout.

    Raises TypeError, ValueError or AttributeError for what no atomic works on.
    """
    if not issubclass(kind, ctypes.Array):
        return _structure_field(kind, place)
    index = operator.index(place)
    if not -kind._length_ <= index < kind._length_:
        raise ValueError(f"index {index} is out of range: the array has {kind._length_} elements")
    size = ctypes.sizeof(kind._type_)
    return index % kind._length_ * size, size, _has_sign(kind._type_, place)


@functools.cache
def _structure_field(kind: type[Any], name: str) -> tuple[int, int, bool]:
    field, field_kind = getattr(kind, name, None), layout.field_type(kind, name)
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
    """The unsigned number of `size` bytes as C's signed integer of that size."""
    return value - (1 << 8 * size) if value >> (8 * size - 1) else value
