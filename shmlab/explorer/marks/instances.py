"""The content of objects of classes that were written in Python, and of exceptions."""

import sys
import types

from shmlab.explorer.marks import trusted
from shmlab.explorer.marks.unknown import Unknown

HEAP_TYPE, _IMMUTABLE_TYPE = 1 << 9, 1 << 8  # Py_TPFLAGS_HEAPTYPE, Py_TPFLAGS_IMMUTABLETYPE


_numbers = {}


def number_of(code):
    """A number for each piece of code; equal code has equal numbers."""
    return _numbers.setdefault(code, len(_numbers))


def is_fresh(kind):
    """Whether a class was made anew for this execution: it is no C type, and not what its name stands for."""
    if not kind.__flags__ & HEAP_TYPE:
        return False
    found = sys.modules.get(kind.__module__)
    for name in kind.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is not kind


def _is_written_in_python(kind):
    """Whether a class was made by a class statement, so that its objects keep what Python shows and nothing else."""
    if not kind.__flags__ & HEAP_TYPE or kind.__flags__ & _IMMUTABLE_TYPE:
        return False
    if is_fresh(kind):
        return True
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    return isinstance(file, str) and file.endswith(".py")


def of_instance(found, _):
    """An object of a class that was written in Python, on top of one that is known exactly."""
    kind = type(found)
    below = [base for base in kind.__mro__ if not _is_written_in_python(base)]
    if kind in below or not set(below) <= _BASES.keys() or not (is_fresh(kind) or trusted.keeps_nothing(kind)):
        raise Unknown(f"a {kind.__qualname__} of {kind.__module__}")
    return "instance", kind, _BASES[below[0]](found), *attributes(found)


def attributes(found):
    """(attributes in the object's dict, [(class, slot, value)]) of an object."""
    kind = type(found)
    if any("__dict__" in vars(base) and type(vars(base)["__dict__"]) is not types.GetSetDescriptorType
           for base in kind.__mro__ if _is_written_in_python(base)):  # fmt: skip
        raise Unknown(f"a {kind.__qualname__}, which hides its attributes")
    try:
        own = object.__getattribute__(found, "__dict__")
    except AttributeError:
        own = None
    slots = []
    for base in kind.__mro__:
        for name, slot in vars(base).items() if _is_written_in_python(base) else ():
            if type(slot) is types.MemberDescriptorType:
                try:
                    slots.append((name, slot.__get__(found)))
                except AttributeError:
                    slots.append((name,))
    return own, slots


_BASES = {
    object: lambda _: None,
    list: lambda found: list(list.__iter__(found)),
    tuple: lambda found: tuple(tuple.__iter__(found)),
    dict: lambda found: list(zip(dict.keys(found), dict.values(found), strict=True)),
    int: int.__int__,
    float: float.__float__,
    str: str.__str__,
    bytes: lambda found: bytes.__getitem__(found, slice(None)),
    bytearray: lambda found: bytearray.__getitem__(found, slice(None)),
}


def of_exception(found, _):
    """Arguments, attributes, all fields that its classes in C have, and where it has been raised."""
    kind = type(found)
    if not is_fresh(kind) and not trusted.keeps_nothing(kind):
        raise Unknown(f"a {kind.__qualname__} of {kind.__module__}")
    fields = []
    for base in kind.__mro__:
        if _is_written_in_python(base):
            continue
        for name, field in vars(base).items():
            if type(field) in (types.GetSetDescriptorType, types.MemberDescriptorType) and name not in _NOT_ITS_OWN:
                try:
                    fields.append((name, field.__get__(found)))
                except AttributeError:
                    fields.append((name,))
    trace = []
    step = found.__traceback__
    while step is not None:
        trace.append((number_of(step.tb_frame.f_code), step.tb_lasti, step.tb_lineno))
        step = step.tb_next
    return "exception", kind, fields, *attributes(found), trace


_NOT_ITS_OWN = ("__dict__", "__traceback__", "__class__")
