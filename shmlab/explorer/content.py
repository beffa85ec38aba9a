"""What decides all that an object will do, as parts that pickle can compare; only for kinds that are known exactly.

Equal content, equal behaviour: that is asked of every rule here. An object of a kind without a rule is refused, and so
are those whose state lies where Python cannot look. Rules give what *could* matter, not what does.
"""

import ctypes
import functools
import gc
import pickle
import re
import sys
import types
import typing
import weakref

from shmlab.explorer import sets, trusted
from shmlab.explorer.fields import Shared
from shmlab.explorer.objects import Handle
from shmlab.explorer.raw import RawBytes, Struct
from shmlab.pickling import content_of, is_learners_file

_HEAP_TYPE, _IMMUTABLE_TYPE = 1 << 9, 1 << 8  # Py_TPFLAGS_HEAPTYPE, Py_TPFLAGS_IMMUTABLETYPE


class Unknown(pickle.PicklingError):
    """An object of a kind that no rule knows exactly. Its message names what it is."""


# Python's own iterators that pickle as what they go through, and where they are.
_ITERATORS = (
    *(type(iter(found)) for found in ([], (), "", "é", b"", bytearray(), range(0), range(1 << 70))),
    *(type(reversed([])), type(iter(int, 1)), enumerate, zip, map, filter, reversed),
)
_PLAIN_NUMBERS = frozenset("bBhHiIlLqQfd?cg")  # of ctypes
_HANDLE_KEEPS = frozenset({"_process", "number", "what", "_mutex"})
# Nobody's code can name these without being noticed (see trusted), or they never change.
_SET_ONCE = frozenset({
    "__dict__", "__weakref__", "__module__", "__qualname__", "__doc__", "__annotations__", "__annotate__",
    "__annotate_func__", "__annotations_cache__", "__conditional_annotations__", "__static_attributes__",
    "__firstlineno__",
})  # fmt: skip


def content(found, kind, follow):
    """What tells an object of this kind from others, or None where pickle knows it exactly itself (its own numbers,
    text, lists, tuples, dicts). `follow(function)`: have what a function reaches compared, too. Raises Unknown."""
    rule = _RULES.get(kind) or _rule_for(kind)
    return rule(found, follow)


def _rule_for(kind):
    if issubclass(kind, Shared):
        return _look_alike
    if issubclass(kind, Handle):
        return _handle
    if issubclass(kind, BaseException):
        return _exception
    if issubclass(kind, types.ModuleType):
        return _module
    if issubclass(kind, type):
        return _class
    if issubclass(kind, ctypes.Structure | ctypes.Union | ctypes.Array | ctypes._SimpleCData):
        return _ctypes
    if kind.__module__ == "numpy" or kind.__module__.startswith("numpy."):
        return _numpy
    if trusted.is_ours(kind.__module__) and not is_fresh(kind):
        return _ours
    return _instance


def _look_alike(found, _):
    return "shm", type(found).__name__, found._at


def _handle(found, _):
    more = {name: value for name, value in vars(found).items() if name not in _HANDLE_KEEPS}
    return "object", type(found).__name__, found.number, more or None


def _ours(found, _):
    """Of this package's own objects, those that say what they are."""
    if hasattr(type(found), "content"):
        return found.content()
    if type(found).__module__ == "shmlab.explorer.stand_ins":
        return "stand-in", type(found).__qualname__
    raise Unknown(f"a {type(found).__name__}")


def _function(found, follow):
    code = found.__code__
    if trusted.is_ours(found.__globals__.get("__name__", "")) and not is_learners_file(code.co_filename):
        return "ours", found.__qualname__
    if not is_learners_file(code.co_filename):
        if trusted.keeps_nothing(found):
            return "library", *trusted.named_by(found)
        if not trusted.module_is_known(found.__globals__.get("__name__")):
            raise Unknown(f"{found.__qualname__} of {found.__globals__.get('__name__')}")
    else:
        follow(found)
    # The cells themselves: functions that share one share what happens to it.
    return ("function", number_of(code), found.__closure__, found.__defaults__, found.__kwdefaults__,
            vars(found) or None)  # fmt: skip


def _builtin(found, _):
    owner = found.__self__
    if owner is None or isinstance(owner, types.ModuleType):
        if not trusted.keeps_nothing(found):
            raise Unknown(f"{found.__name__}() of {found.__module__ or 'a library'}")
        return "builtin", found.__module__, found.__name__
    return "method", found.__name__, owner


def _method(found, _):
    if trusted.is_ours(type(found.__self__).__module__) and not is_fresh(type(found.__self__)):
        return "ours", found.__func__.__qualname__
    return "method", found.__func__, found.__self__


def _named(found, _):
    """A method of a class in C, unbound."""
    if not is_fresh(found.__objclass__) and not trusted.keeps_nothing(found.__objclass__):
        raise Unknown(f"{found.__objclass__.__name__}.{found.__name__}")
    return "slot", found.__objclass__, found.__name__


def _module(found, _):
    real = vars(found).get("_real", found)
    name = found.__name__
    if sys.modules.get(name) is not real:  # a copy of one that the learner wrote, or made by hand: all that is in it
        return "own module", name, {key: value for key, value in vars(found).items() if key not in _OF_MODULES}
    if not trusted.module_is_known(name):
        raise Unknown(f"module {name}, which may keep something")
    return "module", name


# Python's own of each module, which say where it comes from.
_OF_MODULES = frozenset({"__builtins__", "__loader__", "__spec__", "__file__", "__cached__", "__package__", "__path__"})


def _class(found, _):
    name = found.__module__, found.__qualname__
    if not is_fresh(found):
        if found.__flags__ & _HEAP_TYPE and not trusted.keeps_nothing(found):
            raise Unknown(f"class {found.__qualname__} of {found.__module__}")
        return "class", *name
    if issubclass(found, Shared):
        return "layout", *name
    if type(found) is not type and not is_fresh(type(found)) and not trusted.keeps_nothing(type(found)):
        raise Unknown(f"class {found.__qualname__}, a {type(found).__name__}")
    body = {key: value for key, value in vars(found).items() if key not in _SET_ONCE and type(value) not in _DESCRIBED}
    return "class", *name, type(found), found.__bases__, body


class _Fields(ctypes.Structure):
    _fields_ = (("one", ctypes.c_int),)


# What a class makes itself for its slots and fields.
_DESCRIBED = (types.GetSetDescriptorType, types.MemberDescriptorType, type(_Fields.one))


def _instance(found, _):
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


def _exception(found, _):
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


def _generator(found, _):
    """A generator that waits where nothing is hidden; one that is on its way is known from the frames, see marks."""
    raise Unknown(f"the generator {found.__name__}")


def _iterator(found, _):
    return "iterator", type(found), found.__reduce__()[1:]


def _weak(found, _):
    return "weak", found()


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


def _numpy(found, _):
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


def _ctypes(found, _):
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


def _reduced(found, _):
    """An object that pickle takes apart exactly, and that never changes."""
    return "value", type(found), found.__reduce_ex__(2)[1:]


def _empty(found, _):
    return "constant", repr(found)


def _partial(found, _):
    return "partial", found.func, found.args, found.keywords, vars(found) or None


def _cached(found, _):
    """functools.cache or lru_cache: what it keeps, the longest unused first, but not how often it was asked."""
    kept = [one for one in gc.get_referents(found) if not isinstance(one, type)]
    kept = [one for one in kept if not (isinstance(one, dict) and any(map(_is_link, one.values())))]
    return "cached", found.cache_parameters(), kept


def _is_link(found):
    """Whether this is what a bounded cache's dict leads to, which is told by itself."""
    return type(found).__module__ == "functools" and type(found).__name__ == "_lru_list_elem"


def _memoryview(found, _):
    if not isinstance(found.obj, bytes | bytearray):
        raise Unknown("a memoryview of something that is not known")
    first = ctypes.addressof(ctypes.c_char.from_buffer(found)) if found.nbytes and not found.readonly else None
    start = ctypes.addressof(ctypes.c_char.from_buffer(found.obj)) if first is not None else None
    if first is None and found.nbytes != len(found.obj):
        raise Unknown("a part of a memoryview that cannot be written")
    at = first - start if first is not None else 0
    return "memoryview", found.format, found.shape, found.strides, found.readonly, at, found.obj


def _mapping(found, _):
    if len(found):
        raise Unknown("a view of a dict")
    return ("mapping",)


def _decimal(found, _):
    return "decimal", str(found)


_RULES = {
    types.FunctionType: _function,
    types.BuiltinFunctionType: _builtin,
    types.MethodWrapperType: lambda found, _: ("method", found.__name__, found.__self__),
    types.MethodType: _method,
    types.MethodDescriptorType: _named,
    types.WrapperDescriptorType: _named,
    types.ClassMethodDescriptorType: _named,
    types.GetSetDescriptorType: _named,
    types.MemberDescriptorType: _named,
    types.CellType: lambda found, _: ("cell", content_of(found)),
    object: lambda *_: ("object",),
    types.CodeType: lambda found, _: ("code", number_of(found)),
    types.GeneratorType: _generator,
    types.SimpleNamespace: lambda found, _: ("namespace", vars(found)),
    types.MappingProxyType: _mapping,
    types.EllipsisType: _empty,
    types.NotImplementedType: _empty,
    types.GenericAlias: lambda found, _: ("alias", found.__origin__, found.__args__),
    types.UnionType: lambda found, _: ("union", found.__args__),
    staticmethod: lambda found, _: ("static", found.__func__, vars(found).get("__isabstractmethod__")),
    classmethod: lambda found, _: ("classmethod", found.__func__),
    property: lambda found, _: ("property", found.fget, found.fset, found.fdel),
    super: lambda found, _: ("super", found.__thisclass__, found.__self__, found.__self_class__),
    functools.partial: _partial,
    type(functools.lru_cache(len)): _cached,
    memoryview: _memoryview,
    bytearray: lambda found, _: ("bytearray", bytes(found)),
    complex: lambda found, _: ("complex", found.real, found.imag),
    range: lambda found, _: ("range", found.start, found.stop, found.step),
    slice: lambda found, _: ("slice", found.start, found.stop, found.step),
    weakref.ReferenceType: _weak,
    re.Pattern: lambda found, _: ("pattern", found.pattern, found.flags),
    RawBytes: lambda found, _: ("raw", found._at, len(found), found.format),
    Struct: lambda found, _: ("struct", found.format),
    set: sets.content,
    frozenset: sets.content,
    typing.TypeVar: lambda found, _: ("typevar", found.__name__),
} | dict.fromkeys(_ITERATORS, _iterator)


def _add_rules_of_libraries():
    """Those of kinds that other modules define."""
    import array
    import collections
    import datetime
    import decimal
    import fractions
    import threading

    _RULES[collections.deque] = lambda found, _: ("deque", list(found), found.maxlen)
    _RULES[collections.OrderedDict] = lambda found, _: ("ordered", list(found.items()), vars(found) or None)
    _RULES[collections.defaultdict] = lambda found, _: ("default", list(dict.items(found)), found.default_factory)
    _RULES[array.array] = lambda found, _: ("array", found.typecode, found.tobytes())
    _RULES[decimal.Decimal] = _decimal
    for kind in (datetime.date, datetime.time, datetime.datetime, datetime.timedelta):
        _RULES[kind] = _reduced
    _RULES[fractions.Fraction] = lambda found, _: ("fraction", found.numerator, found.denominator)
    _RULES[type(threading.RLock())] = lambda found, _: ("lock", found._is_owned())
    _RULES[type(collections.namedtuple("_", "a").a)] = lambda found, _: ("field", found.__reduce__()[1])


_add_rules_of_libraries()
_numbers = {}


def number_of(code):
    """A number for each piece of code; equal code has equal numbers."""
    return _numbers.setdefault(code, len(_numbers))


def _is_written_in_python(kind):
    """Whether a class was made by a class statement, so that its objects keep what Python shows and nothing else."""
    if not kind.__flags__ & _HEAP_TYPE or kind.__flags__ & _IMMUTABLE_TYPE:
        return False
    if is_fresh(kind):
        return True
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    return isinstance(file, str) and file.endswith(".py")


def is_fresh(kind):
    """Whether a class was made anew for this execution: it is no C type, and not what its name stands for."""
    if not kind.__flags__ & _HEAP_TYPE:
        return False
    found = sys.modules.get(kind.__module__)
    for name in kind.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is not kind
