"""The exact content of a set, including the order in which it will give its elements, which depends on its past.

Elements stand in a table, in places that depend on what was there before; `pop` goes on where it stopped last. Source:
CPython, Include/cpython/setobject.h, the same from 3.2 to 3.14 except in builds without the interpreter lock.
"""

import ctypes


class _Entry(ctypes.Structure):
    _fields_ = (("key", ctypes.c_void_p), ("hash", ctypes.c_ssize_t))


class _Set(ctypes.Structure):
    """struct PySetObject, up to `finger`: the place where `pop` begins to look."""

    _fields_ = (
        ("references", ctypes.c_ssize_t), ("kind", ctypes.c_void_p), ("fill", ctypes.c_ssize_t),
        ("used", ctypes.c_ssize_t), ("mask", ctypes.c_ssize_t), ("table", ctypes.c_void_p),
        ("hash", ctypes.c_ssize_t), ("finger", ctypes.c_ssize_t),
    )  # fmt: skip


def _laid_out(obj):
    """Return (states of the places in a set's table, the place where `pop` begins)."""
    record = _Set.from_address(id(obj))
    entries = (_Entry * (record.mask + 1)).from_address(record.table)
    states = bytes(0 if not entry.key else 1 if entry.hash == -1 else 2 for entry in entries)
    return states, record.finger


def _is_as_described():
    """Return whether sets of this interpreter have this layout; reads nothing but the set itself."""
    sample = {1, 5}
    record = _Set.from_address(id(sample))
    if object.__basicsize__ != 16 or set.__basicsize__ < ctypes.sizeof(_Set):
        return False
    if (record.fill, record.used, record.mask, record.kind) != (2, 2, 7, id(set)):
        return False
    return _laid_out(sample) == (bytes((0, 2, 0, 0, 0, 2, 0, 0)), 0)


_KNOWN = _is_as_described()


def content(obj, _):
    """Return the parts that distinguish a set from others. Raise LookupError if sets have another layout here."""
    if not _KNOWN:
        raise LookupError("a set, whose order cannot be seen here")
    return "set", type(obj) is frozenset, *_laid_out(obj), list(obj)
