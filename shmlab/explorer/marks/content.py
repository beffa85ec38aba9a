"""Return what decides how an object behaves, as parts that pickle can compare, for kinds of objects that are known
exactly.

A wrong verdict is the worst bug, so every rule here must hold: equal content, equal behaviour. A rule gives what could
matter, even if it rarely does. An object of a kind without a rule is refused, and so is one whose state lies where
Python cannot look.
"""

import abc
import ctypes
import functools
import gc
import itertools
import operator
import re
import sys
import types
import typing
import weakref

from shmlab.base.pickling import content_of, is_learners_file
from shmlab.explorer.lookalikes.fields import Shared
from shmlab.explorer.lookalikes.raw_bytes import RawBytes, Struct
from shmlab.explorer.lookalikes.sync_objects import Handle
from shmlab.explorer.marks import sets, trusted, views
from shmlab.explorer.marks.instances import HEAP_TYPE, is_fresh, number_of, of_exception, of_instance
from shmlab.explorer.marks.unknown import Unknown

# Python's own iterators that pickle as what they iterate over, and their position.
_ITERATORS = (
    *(type(iter(obj)) for obj in ([], (), "", "é", b"", bytearray(), range(0), range(1 << 70))),
    *(type(reversed([])), type(iter(int, 1)), enumerate, zip, map, filter, reversed),
)
_HANDLE_KEEPS = frozenset({"_process", "number", "what", "_mutex"})
# A function that names one of these is noticed (see trusted), or it never changes.
_SET_ONCE = frozenset({
    "__dict__", "__weakref__", "__module__", "__qualname__", "__doc__", "__annotations__", "__annotate__",
    "__annotate_func__", "__annotations_cache__", "__conditional_annotations__", "__static_attributes__",
    "__firstlineno__",
})  # fmt: skip


def content(obj, kind, follow):
    """Return the parts that distinguish an object of this kind from others; None if pickle compares it exactly itself
    (numbers, texts, lists, tuples, dicts). `follow(function)`: has what a function reaches compared, too. Raise
    Unknown for a kind without a rule."""
    rule = _RULES.get(kind) or _rule_for(kind)
    return rule(obj, follow)


def _rule_for(kind):
    if issubclass(kind, Shared):
        return _look_alike
    if issubclass(kind, Handle):
        return _handle
    if issubclass(kind, BaseException):
        return of_exception
    if issubclass(kind, types.ModuleType):
        return _module
    if issubclass(kind, type):
        return _class
    if issubclass(kind, ctypes.Structure | ctypes.Union | ctypes.Array | ctypes._SimpleCData):
        return views.of_ctypes
    if kind.__module__ == "numpy" or kind.__module__.startswith("numpy."):
        return views.of_numpy
    if trusted.is_ours(kind.__module__) and not is_fresh(kind):
        return _ours
    return of_instance


def _look_alike(obj, _):
    return "shm", type(obj).__name__, obj._at


def _handle(obj, _):
    more = {name: value for name, value in vars(obj).items() if name not in _HANDLE_KEEPS}
    return "object", type(obj).__name__, obj.number, more or None


def _ours(obj, _):
    """Return the content of an object of this package, if its class defines one."""
    if hasattr(type(obj), "content"):
        return obj.content()
    if type(obj).__module__ == "shmlab.explorer.execution.stand_ins":
        return "stand-in", type(obj).__qualname__
    raise Unknown(f"a {type(obj).__name__}")


def _function(obj, follow):
    code = obj.__code__
    if trusted.is_ours(obj.__globals__.get("__name__", "")) and not is_learners_file(code.co_filename):
        return "ours", obj.__qualname__
    if not is_learners_file(code.co_filename):
        if trusted.keeps_nothing(obj):
            return "library", *trusted.named_by(obj)
        if not trusted.module_is_known(obj.__globals__.get("__name__")):
            raise Unknown(f"{obj.__qualname__} of {obj.__globals__.get('__name__')}")
    else:
        follow(obj)
    # The cells themselves: functions that share a cell share its changes.
    return ("function", number_of(code), obj.__closure__, obj.__defaults__, obj.__kwdefaults__,
            vars(obj) or None)  # fmt: skip


def _builtin(obj, _):
    owner = obj.__self__
    if owner is None or isinstance(owner, types.ModuleType):
        if not trusted.keeps_nothing(obj):
            raise Unknown(f"{obj.__name__}() of {obj.__module__ or 'a library'}")
        return "builtin", obj.__module__, obj.__name__
    return "method", obj.__name__, owner


def _method(obj, _):
    if trusted.is_ours(type(obj.__self__).__module__) and not is_fresh(type(obj.__self__)):
        return "ours", obj.__func__.__qualname__
    return "method", obj.__func__, obj.__self__


def _named(obj, _):
    """Return the content of an unbound method of a class in C."""
    if not is_fresh(obj.__objclass__) and not trusted.keeps_nothing(obj.__objclass__):
        raise Unknown(f"{obj.__objclass__.__name__}.{obj.__name__}")
    return "slot", obj.__objclass__, obj.__name__


def _module(obj, _):
    real = vars(obj).get("_real", obj)
    name = obj.__name__
    if sys.modules.get(name) is not real:  # a copy of a learner's module, or made by hand: compare all that is in it
        return "own module", name, {key: value for key, value in vars(obj).items() if key not in _OF_MODULES}
    if not trusted.module_is_known(name):
        raise Unknown(f"module {name}, which may keep something")
    return "module", name


# Names that Python puts into each module to say where it comes from.
_OF_MODULES = frozenset({"__builtins__", "__loader__", "__spec__", "__file__", "__cached__", "__package__", "__path__"})


def _class(obj, _):
    name = obj.__module__, obj.__qualname__
    if not is_fresh(obj):
        if obj.__flags__ & HEAP_TYPE and not trusted.keeps_nothing(obj):
            raise Unknown(f"class {obj.__qualname__} of {obj.__module__}")
        return "class", *name
    if issubclass(obj, Shared):
        return "layout", *name
    if type(obj) is not type and not is_fresh(type(obj)) and not trusted.keeps_nothing(type(obj)):
        raise Unknown(f"class {obj.__qualname__}, a {type(obj).__name__}")
    body = {key: value for key, value in vars(obj).items() if key not in _SET_ONCE and type(value) not in _DESCRIBED}
    registered = {kind() for kind in abc._get_dump(obj)[0]} if isinstance(obj, abc.ABCMeta) else None
    return "class", *name, type(obj), obj.__bases__, body, registered


class _Fields(ctypes.Structure):
    _fields_ = (("one", ctypes.c_int),)


# The descriptors that a class makes itself for its slots and fields.
_DESCRIBED = (types.GetSetDescriptorType, types.MemberDescriptorType, type(_Fields.one))


def _generator(obj, _):
    """Refuse a generator: those that can be compared are handled in marks."""
    raise Unknown(f"the generator {obj.__name__}")


def _iterator(obj, _):
    return "iterator", type(obj), obj.__reduce__()[1:]


def _weak(obj, _):
    return "weak", obj()


def _reduced(obj, _):
    """Return the content of an object that never changes and that pickle takes apart exactly."""
    return "value", type(obj), obj.__reduce_ex__(4)[1:]


def _empty(obj, _):
    return "constant", repr(obj)


def _partial(obj, _):
    return "partial", obj.func, obj.args, obj.keywords, vars(obj) or None


def _cached(obj, _):
    """Return the content of a functools.cache or lru_cache: its entries, the longest unused first, but not its
    statistics."""
    entries = [entry for entry in gc.get_referents(obj) if not isinstance(entry, type)]
    entries = [entry for entry in entries if not (isinstance(entry, dict) and any(map(_is_link, entry.values())))]
    return "cached", obj.cache_parameters(), entries


def _is_link(obj):
    """Return whether this is an entry of a bounded cache, to which the cache's dict leads: it is listed by itself."""
    return type(obj).__module__ == "functools" and type(obj).__name__ == "_lru_list_elem"


def _mapping(obj, _):
    (behind,) = gc.get_referents(obj)
    return "mapping", behind


def _repeat(obj, _):
    return "repeat", gc.get_referents(obj), operator.length_hint(obj, -1)


def _decimal(obj, _):
    return "decimal", str(obj)


_RULES = {
    types.FunctionType: _function,
    types.BuiltinFunctionType: _builtin,
    types.MethodWrapperType: lambda obj, _: ("method", obj.__name__, obj.__self__),
    types.MethodType: _method,
    types.MethodDescriptorType: _named,
    types.WrapperDescriptorType: _named,
    types.ClassMethodDescriptorType: _named,
    types.GetSetDescriptorType: _named,
    types.MemberDescriptorType: _named,
    types.CellType: lambda obj, _: ("cell", content_of(obj)),
    object: lambda *_: ("object",),
    types.CodeType: lambda obj, _: ("code", number_of(obj)),
    types.GeneratorType: _generator,
    types.SimpleNamespace: lambda obj, _: ("namespace", vars(obj)),
    types.MappingProxyType: _mapping,
    types.EllipsisType: _empty,
    types.NotImplementedType: _empty,
    types.GenericAlias: lambda obj, _: ("alias", obj.__origin__, obj.__args__),
    types.UnionType: lambda obj, _: ("union", obj.__args__),
    staticmethod: lambda obj, _: ("static", obj.__func__, vars(obj).get("__isabstractmethod__")),
    classmethod: lambda obj, _: ("classmethod", obj.__func__),
    property: lambda obj, _: ("property", obj.fget, obj.fset, obj.fdel),
    super: lambda obj, _: ("super", obj.__thisclass__, obj.__self__, obj.__self_class__),
    functools.partial: _partial,
    type(functools.lru_cache(len)): _cached,
    memoryview: views.of_memoryview,
    bytearray: lambda obj, _: ("bytearray", bytes(obj)),
    complex: lambda obj, _: ("complex", obj.real, obj.imag),
    range: lambda obj, _: ("range", obj.start, obj.stop, obj.step),
    slice: lambda obj, _: ("slice", obj.start, obj.stop, obj.step),
    weakref.ReferenceType: _weak,
    re.Pattern: lambda obj, _: ("pattern", obj.pattern, obj.flags),
    RawBytes: lambda obj, _: ("raw", obj._at, len(obj), obj.format),
    Struct: lambda obj, _: ("struct", obj.format),
    set: sets.content,
    frozenset: sets.content,
    typing.TypeVar: lambda obj, _: ("typevar", obj.__name__),
    itertools.repeat: _repeat,
} | dict.fromkeys(_ITERATORS, _iterator)


def _add_rules_of_libraries():
    """Add the rules for kinds that other modules define."""
    import array
    import collections
    import datetime
    import decimal
    import fractions
    import threading

    _RULES[collections.deque] = lambda obj, _: ("deque", list(obj), obj.maxlen)
    _RULES[collections.OrderedDict] = lambda obj, _: ("ordered", list(obj.items()), vars(obj) or None)
    _RULES[collections.defaultdict] = lambda obj, _: ("default", list(dict.items(obj)), obj.default_factory)
    _RULES[array.array] = lambda obj, _: ("array", obj.typecode, obj.tobytes())
    _RULES[decimal.Decimal] = _decimal
    for kind in (datetime.date, datetime.time, datetime.datetime, datetime.timedelta):
        _RULES[kind] = _reduced
    _RULES[fractions.Fraction] = lambda obj, _: ("fraction", obj.numerator, obj.denominator)
    _RULES[type(threading.RLock())] = lambda obj, _: ("lock", obj._is_owned())
    _RULES[type(collections.namedtuple("_", "a").a)] = lambda obj, _: ("field", obj.__reduce__()[1])


_add_rules_of_libraries()
