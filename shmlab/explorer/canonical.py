"""What decides all that a process will do from here, as bytes: two equal marks, one future.

At a mark (see rewrite) nothing is half evaluated, so the future of a process depends on where each of
its functions stands, on their local variables, and on what of its globals can change. Where any of this
cannot be told exactly (a generator on its way, an open file), there is no mark, and the explorer keeps
the whole history of observations apart instead.
"""

import functools
import io
import pickle
import sys
import types

from shmlab.explorer import rewrite
from shmlab.explorer.fields import Shared
from shmlab.explorer.objects import Handle
from shmlab.explorer.raw import RawBytes
from shmlab.explorer.rewrite import MARK, TICK, is_clean_call
from shmlab.pickling import is_learners_file

_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE
_PLAIN = (int, float, complex, str, bytes, bool, type(None), range, types.ModuleType, types.BuiltinFunctionType)


def mark_at(frame, root, state):
    """The mark of a process that stands in `frame`, or None. `root`: the code that called its function.
    `state`: what of its globals can change, from `changing`."""
    levels = []
    callee = None
    while frame.f_code is not root:
        code = frame.f_code
        if MARK not in code.co_names and TICK not in code.co_names:
            return None
        if callee is not None and not is_clean_call(frame, callee):
            return None
        levels.append((code.co_filename, code.co_qualname, code.co_firstlineno, frame.f_lasti, dict(frame.f_locals)))
        callee = code.co_name
        frame = frame.f_back
        if frame is None:
            return None
    now = [(names, [space.get(name) for name in names]) for space, names in state]
    stream = io.BytesIO()
    try:
        _Canonical(stream).dump((levels, now))
    except Exception:  # whatever cannot be pickled has state that nobody can compare
        return None
    return stream.getvalue()


class _Canonical(pickle.Pickler):
    """Pickles what it can compare, and refuses the rest."""

    def __init__(self, stream):
        super().__init__(stream, protocol=5)
        self._open = set()

    def reducer_override(self, found):
        kind = type(found)
        if found is _tag:
            return NotImplemented
        if issubclass(kind, Shared):
            return _tag, ("shm", kind.__name__, found._at)
        if issubclass(kind, Handle):
            return _tag, ("object", found.number)
        if kind is RawBytes:
            return _tag, ("raw", found._at, len(found), found.format)
        if kind is types.FunctionType:
            return _tag, ("function", *self._function(found))
        if kind is types.ModuleType or issubclass(kind, types.ModuleType):
            return _tag, ("module", found.__name__)
        if issubclass(kind, type):
            return _tag, ("class", *self._class(found))
        if issubclass(kind, BaseException | types.GeneratorType | types.CoroutineType) or _reduces_itself(kind):
            raise pickle.PicklingError(f"{kind.__name__} has state of its own")
        return NotImplemented

    def _function(self, function):
        code = function.__code__
        name = code.co_filename, code.co_qualname, code.co_firstlineno
        if id(function) in self._open:
            return name
        self._open.add(id(function))
        cells = tuple(_content(cell) for cell in function.__closure__ or ())
        return *name, cells, function.__defaults__, function.__kwdefaults__, vars(function) or None

    def _class(self, found):
        name = found.__module__, found.__qualname__
        if not _is_learners(found) or id(found) in self._open:
            return name
        self._open.add(id(found))
        return *name, {key: value for key, value in vars(found).items() if not key.startswith("__")}


def _tag(*content):
    """What marks are made of; they are compared, never read."""
    return content


def _content(cell):
    try:
        return cell.cell_contents
    except ValueError:  # still empty
        return None


@functools.lru_cache(maxsize=1024)
def _reduces_itself(kind):
    """Whether a learner's class says itself how it is copied, and may leave something out."""
    return _is_learners(kind) and any(
        name in vars(base) for base in kind.__mro__[:-1] for name in ("__reduce__", "__reduce_ex__", "__getstate__")
    )


def _is_learners(kind):
    """Whether a class was made anew for this execution: it is no C type, and not what its name stands for."""
    if not kind.__flags__ & _HEAP_TYPE:
        return False
    module = sys.modules.get(kind.__module__)
    found = module
    for name in kind.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is not kind


def changing(function):
    """[(globals, names in them)] of all that `function` can reach and that can change while it runs."""
    found, seen, left = [], set(), [function]
    while left:
        one = left.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, types.FunctionType) and is_learners_file(one.__code__.co_filename):
            left += [_content(cell) for cell in one.__closure__ or ()]
            if id(one.__globals__) not in seen:
                seen.add(id(one.__globals__))
                left += list(one.__globals__.values())
                rebound = _rebound(one)
                names = sorted(n for n, v in one.__globals__.items() if n in rebound or not _is_plain(n, v))
                if names:
                    found.append((one.__globals__, names))
        elif isinstance(one, type) and _is_learners(one):
            left += list(vars(one).values())
        elif isinstance(one, staticmethod | classmethod):
            left.append(one.__func__)
    return found


def _rebound(function):
    source = rewrite.source_of(function.__code__.co_filename, function.__globals__)
    return source.facts.rebound if source else ()


def _is_plain(name, value):
    if name.startswith("__"):
        return True
    if isinstance(value, types.FunctionType):
        return not (value.__closure__ or value.__kwdefaults__ or vars(value)) and all(
            isinstance(one, _PLAIN) for one in value.__defaults__ or ()
        )
    if isinstance(value, type):
        return not _is_learners(value)
    if isinstance(value, tuple | frozenset):
        return all(_is_plain("", one) for one in value)
    return isinstance(value, _PLAIN)
