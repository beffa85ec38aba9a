"""The content of what shows memory: numpy arrays, ctypes objects, memoryviews.

Two of them may show the same bytes, so each is told by what owns the bytes, and by where in there it looks.
"""

import ctypes
import functools
import sys

from shmlab.explorer.marks import trusted
from shmlab.explorer.marks.unknown import Unknown

_PLAIN_NUMBERS = frozenset("bBhHiIlLqQfd?cg")  # of ctypes


def _array(found):
    """A numpy array, by what it shows of the memory that it, another array or a bytearray owns; None if it does."""
    owner = found
    while type(owner.base) is type(found):
        owner = owner.base
    start = _address(owner)
    if isinstance(owner.base, memoryview) and isinstance(owner.base.obj, bytes | bytearray):
        owner = owner.base.obj
        start = _address(sys.modules["numpy"].frombuffer(owner, "u1"))
    elif owner.base is not None:
        raise Unknown("an array over a buffer that something else can change")
    if owner is found:
        return "array", found.dtype.str, found.shape, found.strides, found.flags.writeable, found.tobytes()
    return "view", found.dtype.str, found.shape, found.strides, found.flags.writeable, _address(found) - start, owner


def _address(array):
    return array.__array_interface__["data"][0]


def of_numpy(found, _):
    numpy = sys.modules["numpy"]
    kind = type(found)
    if isinstance(found, numpy.ndarray | numpy.generic) and found.dtype.hasobject:
        raise Unknown("a numpy array of Python objects")
    if kind is numpy.ndarray:
        return _array(found)
    if isinstance(found, numpy.generic) and kind.__module__ == "numpy":
        return "number", found.dtype.str, found.tobytes()
    if isinstance(found, numpy.dtype):
        return "dtype", repr(found.descr)
    if kind is numpy.ufunc and trusted.is_known("numpy", found.__name__):
        return "ufunc", found.__name__
    if kind.__name__ in ("_ArrayFunctionDispatcher", "_array_function_dispatcher") and trusted.keeps_nothing(found):
        return "library", *trusted.named_by(found)
    raise Unknown(f"a numpy {kind.__name__}")


def of_ctypes(found, _):
    """A number, Structure or array of ctypes: its bytes, or where it lies in what it is a part of."""
    owner = found
    while owner._b_base_ is not None:
        owner = owner._b_base_
    if not _has_plain_fields(type(owner)) or _keeps(owner):
        raise Unknown(f"a {type(found).__name__} that points elsewhere")
    if owner is not found:
        return "part", type(found), ctypes.addressof(found) - ctypes.addressof(owner), owner
    return "ctypes", type(found), bytes(found), getattr(found, "__dict__", None) or None


def _keeps(found):
    return found._objects if found._b_base_ is None else None


@functools.lru_cache(maxsize=1024)
def _has_plain_fields(kind):
    if issubclass(kind, ctypes.Structure | ctypes.Union):
        fields = [field for base in kind.__mro__ for field in vars(base).get("_fields_", ())]
        return all(_has_plain_fields(field[1]) for field in fields)
    if issubclass(kind, ctypes.Array):
        return _has_plain_fields(kind._type_)
    return issubclass(kind, ctypes._SimpleCData) and kind._type_ in _PLAIN_NUMBERS


def of_memoryview(found, _):
    if not isinstance(found.obj, bytes | bytearray):
        raise Unknown("a memoryview of something that is not known")
    first = ctypes.addressof(ctypes.c_char.from_buffer(found)) if found.nbytes and not found.readonly else None
    start = ctypes.addressof(ctypes.c_char.from_buffer(found.obj)) if first is not None else None
    if first is None and found.nbytes != len(found.obj):
        raise Unknown("a part of a memoryview that cannot be written")
    at = first - start if first is not None else 0
    return "memoryview", found.format, found.shape, found.strides, found.readonly, at, found.obj
