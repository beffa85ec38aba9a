"""The content of exceptions, and of objects whose classes were written in Python."""

import sys
import types

from shmlab.explorer.marks import trusted
from shmlab.explorer.marks.unknown import Unknown

HEAP_TYPE, _IMMUTABLE_TYPE = 1 << 9, 1 << 8  # Py_TPFLAGS_HEAPTYPE, Py_TPFLAGS_IMMUTABLETYPE


_numbers = {}


def number_of(code):
    """Return a number for a piece of code; equal code has equal numbers."""
    return _numbers.setdefault(code, len(_numbers))


def is_fresh(kind):
    """Return whether a class was made for this execution: it is no C type, and its name stands for another class or
    for none."""
    if not kind.__flags__ & HEAP_TYPE:
        return False
    named = sys.modules.get(kind.__module__)
    for name in kind.__qualname__.split("."):
        named = getattr(named, name, None)
    return named is not kind


def _is_written_in_python(kind):
    """Return whether a class was made by a class statement, so that its objects hold only what Python shows."""
    if not kind.__flags__ & HEAP_TYPE or kind.__flags__ & _IMMUTABLE_TYPE:
        return False
    if is_fresh(kind):
        return True
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    return isinstance(file, str) and file.endswith(".py")


def of_instance(obj, _):
    """Return the content of an object whose class was written in Python, on top of a base class that is known exactly.
    Raise Unknown for any other."""
    kind = type(obj)
    below = [base for base in kind.__mro__ if not _is_written_in_python(base)]
    if kind in below or not set(below) <= _BASES.keys() or not (is_fresh(kind) or trusted.keeps_nothing(kind)):
        raise Unknown(f"a {kind.__qualname__} of {kind.__module__}")
    return "instance", kind, _BASES[below[0]](obj), *attributes(obj)


def attributes(obj):
    """Return (the object's dict, [(slot, value)]); a slot without a value is (slot,)."""
    kind = type(obj)
    if any("__dict__" in vars(base) and type(vars(base)["__dict__"]) is not types.GetSetDescriptorType
           for base in kind.__mro__ if _is_written_in_python(base)):  # fmt: skip
        raise Unknown(f"a {kind.__qualname__}, which hides its attributes")
    try:
        own = object.__getattribute__(obj, "__dict__")
    except AttributeError:
        own = None
    slots = []
    for base in kind.__mro__:
        for name, slot in vars(base).items() if _is_written_in_python(base) else ():
            if type(slot) is types.MemberDescriptorType:
                try:
                    slots.append((name, slot.__get__(obj)))
                except AttributeError:
                    slots.append((name,))
    return own, slots


_BASES = {
    object: lambda _: None,
    list: lambda obj: list(list.__iter__(obj)),
    tuple: lambda obj: tuple(tuple.__iter__(obj)),
    dict: lambda obj: list(zip(dict.keys(obj), dict.values(obj), strict=True)),
    int: int.__int__,
    float: float.__float__,
    str: str.__str__,
    bytes: lambda obj: bytes.__getitem__(obj, slice(None)),
    bytearray: lambda obj: bytearray.__getitem__(obj, slice(None)),
}


def of_exception(obj, _):
    """Return the content of an exception: its attributes, all fields of its classes in C, and where it has been
    raised."""
    kind = type(obj)
    if not is_fresh(kind) and not trusted.keeps_nothing(kind):
        raise Unknown(f"a {kind.__qualname__} of {kind.__module__}")
    fields = []
    for base in kind.__mro__:
        if _is_written_in_python(base):
            continue
        for name, field in vars(base).items():
            if type(field) in (types.GetSetDescriptorType, types.MemberDescriptorType) and name not in _NOT_ITS_OWN:
                try:
                    fields.append((name, field.__get__(obj)))
                except AttributeError:
                    fields.append((name,))
    trace = []
    step = obj.__traceback__
    while step is not None:
        trace.append((number_of(step.tb_frame.f_code), step.tb_lasti, step.tb_lineno))
        step = step.tb_next
    return "exception", kind, fields, *attributes(obj), trace


_NOT_ITS_OWN = ("__dict__", "__traceback__", "__class__")
