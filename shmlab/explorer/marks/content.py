"""What decides all that an object will do, as parts that pickle can compare; only for kinds that are known exactly.

Equal content, equal behaviour: that is asked of every rule here. An object of a kind without a rule is refused, and so
are those whose state lies where Python cannot look. Rules give what *could* matter, not what does.
"""

import ctypes
import functools
import gc
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

# Python's own iterators that pickle as what they go through, and where they are.
_ITERATORS = (
    *(type(iter(found)) for found in ([], (), "", "é", b"", bytearray(), range(0), range(1 << 70))),
    *(type(reversed([])), type(iter(int, 1)), enumerate, zip, map, filter, reversed),
)
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


def _look_alike(found, _):
    return "shm", type(found).__name__, found._at


def _handle(found, _):
    more = {name: value for name, value in vars(found).items() if name not in _HANDLE_KEEPS}
    return "object", type(found).__name__, found.number, more or None


def _ours(found, _):
    """Of this package's own objects, those that say what they are."""
    if hasattr(type(found), "content"):
        return found.content()
    if type(found).__module__ == "shmlab.explorer.execution.stand_ins":
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
        if found.__flags__ & HEAP_TYPE and not trusted.keeps_nothing(found):
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


def _generator(found, _):
    """A generator that waits where nothing is hidden; one that is on its way is known from the frames, see marks."""
    raise Unknown(f"the generator {found.__name__}")


def _iterator(found, _):
    return "iterator", type(found), found.__reduce__()[1:]


def _weak(found, _):
    return "weak", found()


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
    memoryview: views.of_memoryview,
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
