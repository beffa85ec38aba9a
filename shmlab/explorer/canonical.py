"""What decides all that a process will do from here, as bytes: two equal marks, one future.

At a mark (see rewrite) nothing is half evaluated, so the future of a process depends on where each of
its functions stands, on their local variables, and on what else it reaches that can change: see state. Where
any of this cannot be told exactly (a generator on its way, an open file), there is no mark, and the
explorer keeps the whole history of observations apart instead.
"""

import functools
import io
import pickle
import sys
import types

from shmlab.explorer.fields import Shared
from shmlab.explorer.objects import Handle
from shmlab.explorer.raw import RawBytes, Struct
from shmlab.explorer.rewrite import MARK, TICK, is_clean_call
from shmlab.pickling import content_of

_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE
# These pickle as a list of what is left, and so hide what they go through.
_HIDING = tuple(
    type(iter(view)) for empty in ({},) for view in (empty, empty.keys(), empty.values(), empty.items(), set())
) + tuple(type(reversed(view)) for view in ({}, {}.values(), {}.items()))
_WITH_STATE = (BaseException, types.GeneratorType, types.CoroutineType, *_HIDING)
_WRAPPERS = (staticmethod, classmethod)


def mark_at(frame, root, state, callee=None):
    """The mark of a process that stands in `frame`, or None. `root`: the code that called its function.
    `state`: what else it reaches that can change, a State, or None where that cannot be told. `callee`: the name of
    what `frame` is calling, when that has no frame here."""
    if state is None:
        return None
    levels = []
    while frame.f_code is not root:
        code = frame.f_code
        if MARK not in code.co_names and TICK not in code.co_names:
            return None
        if callee is not None and not is_clean_call(frame, callee):
            return None
        levels.append((_number_of(code), frame.f_lasti, dict(frame.f_locals)))
        callee = code.co_name
        frame = frame.f_back
        if frame is None:
            return None
    stream = io.BytesIO()
    try:
        _Canonical(stream).dump((levels, state.now()))
    except Exception:  # whatever cannot be pickled has state that nobody can compare
        return None
    return stream.getvalue()


_numbers = {}


def _number_of(code):
    """A number for each piece of code; equal code has equal numbers."""
    return _numbers.setdefault(code, len(_numbers))


class _Canonical(pickle.Pickler):
    """Pickles what it can compare, and refuses the rest."""

    def __init__(self, stream):
        super().__init__(stream, protocol=5)
        self._open = set()

    def reducer_override(self, found):
        kind = type(found)
        if found is _tag:
            return NotImplemented
        told = self._told(found, kind)
        if told is not None:
            return _tag, told
        if issubclass(kind, _WITH_STATE) or _reduces_itself(kind):
            raise pickle.PicklingError(f"{kind.__name__} has state of its own")
        return NotImplemented

    def _told(self, found, kind):
        """What of it decides anything, or None where pickle knows."""
        if issubclass(kind, Shared):
            return "shm", kind.__name__, found._at
        if issubclass(kind, Handle):
            return "object", found.number
        if kind is RawBytes:
            return "raw", found._at, len(found), found.format
        if kind is Struct:
            return "struct", found.format
        if kind is types.FunctionType:
            return "function", *self._function(found)
        if kind is types.CellType:
            return "cell", content_of(found)
        if kind is types.MethodType:
            return "method", found.__func__, found.__self__
        if issubclass(kind, types.ModuleType):
            return self._module(found)
        if issubclass(kind, type):
            return "class", *self._class(found)
        if issubclass(kind, _WRAPPERS):
            return "wrapped", found.__func__
        if kind is property:
            return "property", found.fget, found.fset, found.fdel
        if kind.__module__ == "numpy" and kind.__name__ == "ndarray":
            return _array(found)
        return found.content() if kind.__module__ == "shmlab.explorer.arrays" else None

    def _function(self, function):
        name = _number_of(function.__code__)
        if id(function) in self._open:
            return (name,)
        self._open.add(id(function))
        # The cells themselves: functions that share one share what happens to it.
        return name, function.__closure__, function.__defaults__, function.__kwdefaults__, vars(function) or None

    def _module(self, module):
        real = vars(module).get("_real", module)
        if sys.modules.get(module.__name__) is not real:
            raise pickle.PicklingError(f"module {module.__name__} was made by hand")
        return "module", module.__name__

    def _class(self, found):
        name = found.__module__, found.__qualname__
        if not is_fresh(found) or id(found) in self._open:
            return name
        self._open.add(id(found))
        return *name, found.__bases__, {key: value for key, value in vars(found).items() if not _is_special(key)}


def _tag(*content):
    """What marks are made of; they are compared, never read."""
    return content


def _is_special(name):
    return name.startswith("__") and name.endswith("__")


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
        raise pickle.PicklingError("an array over a buffer that something else can change")
    if owner is found:
        return None
    return "array", found.dtype.str, found.shape, found.strides, _address(found) - start, owner


def _address(array):
    return array.__array_interface__["data"][0]


@functools.lru_cache(maxsize=1024)
def _reduces_itself(kind):
    """Whether a learner's class says itself how it is copied, and may leave something out."""
    names = ("__reduce__", "__reduce_ex__", "__getstate__")
    return any(is_fresh(base) and any(name in vars(base) for name in names) for base in kind.__mro__)


def is_fresh(kind):
    """Whether a class was made anew for this execution: it is no C type, and not what its name stands for."""
    if not kind.__flags__ & _HEAP_TYPE:
        return False
    found = sys.modules.get(kind.__module__)
    for name in kind.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is not kind
