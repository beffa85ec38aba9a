"""The content of objects that show memory: numpy arrays, ctypes objects, memoryviews.

Two of them may show the same bytes, so each is described by the object that owns the bytes and by the part that it
shows.
"""

import ctypes
import functools
import sys

from shmlab.explorer.marks import trusted
from shmlab.explorer.marks.unknown import Unknown

_PLAIN_NUMBERS = frozenset("bBhHiIlLqQfd?cg")  # of ctypes


def _array(obj):
    """Return the content of a numpy array: the bytes that it owns itself, or the part that it shows of the memory of
    another array or of a bytearray. Raise Unknown for memory of anything else."""
    owner = obj
    while type(owner.base) is type(obj):
        owner = owner.base
    start = _address(owner)
    if isinstance(owner.base, memoryview) and isinstance(owner.base.obj, bytes | bytearray):
        owner = owner.base.obj
        start = _address(sys.modules["numpy"].frombuffer(owner, "u1"))
    elif owner.base is not None:
        raise Unknown("an array over a buffer that something else can change")
    if owner is obj:
        return "array", obj.dtype.str, obj.shape, obj.strides, obj.flags.writeable, obj.tobytes()
    return "view", obj.dtype.str, obj.shape, obj.strides, obj.flags.writeable, _address(obj) - start, owner


def _address(array):
    return array.__array_interface__["data"][0]


def of_numpy(obj, _):
    """Return the content of an object of numpy. Raise Unknown for one without a rule."""
    numpy = sys.modules["numpy"]
    kind = type(obj)
    if isinstance(obj, numpy.ndarray | numpy.generic) and obj.dtype.hasobject:
        raise Unknown("a numpy array of Python objects")
    if kind is numpy.ndarray:
        return _array(obj)
    if isinstance(obj, numpy.generic) and kind.__module__ == "numpy" and kind is not numpy.void:  # a part of an array
        return "number", obj.dtype.str, obj.tobytes()
    if isinstance(obj, numpy.dtype) and not obj.metadata:
        return "dtype", repr(obj.descr)
    if kind is numpy.ufunc and trusted.is_known("numpy", obj.__name__) and getattr(numpy, obj.__name__, None) is obj:
        return "ufunc", obj.__name__
    if kind.__name__ in ("_ArrayFunctionDispatcher", "_array_function_dispatcher") and trusted.keeps_nothing(obj):
        return "library", *trusted.named_by(obj)
    raise Unknown(f"a numpy {kind.__name__}")


def of_ctypes(obj, _):
    """Return the content of a ctypes number, Structure or array: its bytes, or its offset in the object that it is a
    part of. Raise Unknown if it holds a pointer."""
    owner = obj
    while owner._b_base_ is not None:
        owner = owner._b_base_
    if not _has_plain_fields(type(owner)) or _keeps(owner):
        raise Unknown(f"a {type(obj).__name__} that points elsewhere")
    if owner is not obj:
        return "part", type(obj), ctypes.addressof(obj) - ctypes.addressof(owner), owner
    return "ctypes", type(obj), bytes(obj), getattr(obj, "__dict__", None) or None


def _keeps(obj):
    return obj._objects if obj._b_base_ is None else None


@functools.lru_cache(maxsize=1024)
def _has_plain_fields(kind):
    if issubclass(kind, ctypes.Structure | ctypes.Union):
        fields = [field for base in kind.__mro__ for field in vars(base).get("_fields_", ())]
        return all(_has_plain_fields(field[1]) for field in fields)
    if issubclass(kind, ctypes.Array):
        return _has_plain_fields(kind._type_)
    return issubclass(kind, ctypes._SimpleCData) and kind._type_ in _PLAIN_NUMBERS


def of_memoryview(obj, _):
    """Return the content of a memoryview of bytes or of a bytearray. Raise Unknown for any other."""
    if not isinstance(obj.obj, bytes | bytearray):
        raise Unknown("a memoryview of something that is not known")
    first = ctypes.addressof(ctypes.c_char.from_buffer(obj)) if obj.nbytes and not obj.readonly else None
    start = ctypes.addressof(ctypes.c_char.from_buffer(obj.obj)) if first is not None else None
    if first is None and obj.nbytes != len(obj.obj):
        raise Unknown("a part of a memoryview that cannot be written")
    offset = first - start if first is not None else 0
    return "memoryview", obj.format, obj.shape, obj.strides, obj.readonly, offset, obj.obj
