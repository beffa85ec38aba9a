"""What a learner's function may use: declared synchronization, and atomics on shared fields.

The declarations are plain values. A real run makes kernel objects from them.
"""

import ctypes
import dataclasses
import functools
import operator
import os

from shmlab import layout

try:
    from shmlab import _native
except ImportError:  # installed without a C compiler; every use says so
    _native = None


@dataclasses.dataclass(frozen=True)
class Semaphore:
    """A counting semaphore that starts with `initial` units: acquire waits for one, release gives one."""

    initial: int = 1

    def __post_init__(self):
        _check_count("Semaphore", "initial", self.initial, 0)


@dataclasses.dataclass(frozen=True)
class Mutex:
    """A robust mutex: only its owner may release it, and the next one learns of its owner's death."""


@dataclasses.dataclass(frozen=True)
class Condition:
    """A condition for the mutex declared under the name `mutex`."""

    mutex: str


@dataclasses.dataclass(frozen=True)
class Barrier:
    """A process barrier that lets nobody pass until `parties` have come."""

    parties: int

    def __post_init__(self):
        _check_count("Barrier", "parties", self.parties, 1)


DECLARATIONS = (Semaphore, Mutex, Condition, Barrier)


def _check_count(kind, name, count, least):
    if isinstance(count, bool) or not isinstance(count, int):
        raise TypeError(f"{kind}({name}={count!r}): give a whole number")
    if count < least:
        raise ValueError(f"{kind}({name}={count}): give {least} or more")


def fetch_add(memory, place, amount):
    """Add `amount` and return the old value, in one step. Wraps as C's integers do.

    `memory`, `place`: a Structure and a field's name, or an array and an index; 1 to 8 bytes.
    Raises ValueError for a place that is misaligned or out of range. Source: C11, 7.17.7.5.
    """
    field = _field(memory, place)
    return _signed(field, need_native().fetch_add(*field[:3], operator.index(amount)))


def exchange(memory, place, value):
    """Store `value` and return the old one, in one step. Source: C11, 7.17.7.3."""
    field = _field(memory, place)
    return _signed(field, need_native().exchange(*field[:3], operator.index(value)))


def compare_exchange(memory, place, expected, desired):
    """Store `desired` if the value is `expected`, in one step; True when it did. Source: C11, 7.17.7.4."""
    return need_native().compare_exchange(*_field(memory, place)[:3], operator.index(expected), operator.index(desired))


def load_acquire(memory, place):
    """Load; nothing later in this process happens before it. Source: C11, 7.17.7.2."""
    field = _field(memory, place)
    return _signed(field, need_native().load_acquire(*field[:3]))


def store_release(memory, place, value):
    """Store; who loads it with `load_acquire` sees all that came before it here. Source: C11, 7.17.7.1."""
    need_native().store_release(*_field(memory, place)[:3], operator.index(value))


def fence():
    """A full memory fence: no load or store moves across it. Source: C11, 7.17.4.1."""
    need_native().fence()


def pause():
    """Say that this is one round of a spin loop, and let another process have the processor."""
    os.sched_yield()
    if _native is not None:
        _native.pause()


def native_atomics():
    """Whether this installation has the C part that atomics need."""
    return _native is not None


NO_NATIVE = (
    "native atomics are missing, because no C compiler was there when shmlab was installed. Install one "
    "(Debian, Ubuntu: apt install gcc python3-dev; Fedora: dnf install gcc python3-devel; conda: c-compiler), "
    "then install shmlab again (in its folder: make setup FRESH=1)"
)


def need_native():
    """The C part. Raises NotImplementedError, with the cure, where this installation has none."""
    if _native is None:
        raise NotImplementedError(NO_NATIVE)
    return _native


def _field(memory, place):
    """(object, offset, size in bytes, whether it has a sign) of a field or an array element."""
    if isinstance(memory, ctypes.Array):
        index = operator.index(place)
        if not -len(memory) <= index < len(memory):
            raise ValueError(f"index {index} is out of range: the array has {len(memory)} elements")
        size = ctypes.sizeof(memory._type_)
        return memory, index % len(memory) * size, size, _has_sign(memory._type_, place)
    if isinstance(memory, ctypes.Structure | ctypes.Union):
        return memory, *_structure_field(type(memory), place)
    raise TypeError(f"{memory!r} is no shared memory: give shm and a field's name, or an array of it and an index")


@functools.cache
def _structure_field(kind, name):
    field, field_kind = getattr(kind, name, None), layout.field_type(kind, name)
    if field.size != ctypes.sizeof(field_kind):
        raise ValueError(f"{name!r} is a bit field: atomics work on whole bytes")
    return field.offset, field.size, _has_sign(field_kind, name)


def _has_sign(kind, place):
    if kind not in _SIGNED:
        raise ValueError(f"{place!r} is a {kind.__name__}: atomics work on native integers of 1 to 8 bytes")
    return _SIGNED[kind]


_SIGNED = {getattr(ctypes, f"c_{sign}int{bits}"): not sign for sign in ("", "u") for bits in (8, 16, 32, 64)}
_SIGNED |= {ctypes.c_longlong: True, ctypes.c_ulonglong: False, ctypes.c_size_t: False}


def _signed(field, value):
    _, _, size, signed = field
    return value - (1 << 8 * size) if signed and value >> (8 * size - 1) else value
