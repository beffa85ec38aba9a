"""Make the mark of a process: bytes that decide all that it will do from here. Equal marks, same future.

Without marks, each history of observations would need states of its own, and most programs would be too big to cover.
At a marked place (see rewrite) nothing without a name is half evaluated, so the future of a process depends only on
where each of its functions stands, on their local variables, on the exception that is being handled, and on what else
it reaches that can change (reachable_state). A mark is given only if all of this is of a kind that is known exactly
(content, trusted, standing). Elsewhere the explorer keeps whole histories apart, and says why. See behaviour for tests.
"""

import contextlib
import io
import pickle
import pickletools
import sys
import types

from shmlab.explorer.marks import callers, content, liveness, trusted
from shmlab.explorer.marks.instances import number_of
from shmlab.explorer.marks.unknown import Unknown
from shmlab.explorer.source import standing
from shmlab.explorer.source.rewrite import CELLS, MARK, PREFIX, TICK
from shmlab.explorer.source.sources import source_of, spans

_SIMPLE = (int, str, bytes, float, bool, type(None))
# Functions of contextlib that hold nothing but their variables while a generator runs.
_STEPS_OF_MANAGERS = frozenset(
    method.__code__ for kind in (contextlib._GeneratorContextManager,) for method in (kind.__enter__, kind.__exit__)
)


def mark_at(frame, root, state, callee=None, handlers=0):
    """Return the mark of a process that stands in `frame`, or None. `root`: the code that called its function.
    `state`: the ReachableState of what else it reaches; takes the reason if there is no mark. `callee`: the name of
    the function that `frame` calls, if that has no frame here. `handlers`: how many except and finally parts of its
    function `frame` stands in."""
    if state.apart:
        return None
    try:
        return _mark(_Levels(frame, root, callee, handlers), state)
    except Unknown as error:
        state.note(str(error))
    except (pickle.PicklingError, LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        state.note(f"{type(error).__name__}: {error}")
    finally:
        callers.let_go(frame, root)
    return None


def _mark(levels, state):
    pickler = _Exact if state.by_identity else _Quick
    while True:
        before = state.size()
        stream = io.BytesIO()
        pickler(stream, levels, state.follow).dump((levels.stands, levels.exception, state.now()))
        if state.apart:
            raise Unknown(state.apart)
        mark = stream.getvalue()
        if pickler is _Quick and _needs_a_closer_look(mark):
            pickler = _Exact
        elif state.size() == before:
            return mark


class _Levels:
    """Where each function that is running stands. `stands`: for each (number of its code, instruction, variables).
    `exception`: the one being handled, or None. `running`: {id of a running generator's frame: its number}."""

    def __init__(self, frame, root, callee, handlers):
        self.stands, self.running = [], {}
        self._inner = None  # the frame that was called by the one being added
        while frame is not None and frame.f_code is not root:
            handlers += self._add(frame, callee, first=self._inner is None)
            callee, self._inner, frame = None, frame, frame.f_back
        if frame is None:
            raise Unknown("a call from elsewhere")
        # Where several exceptions are handled at a time, only the last can be seen.
        if handlers > 1:
            raise Unknown("an exception that is handled while another one is")
        self.exception = sys.exception()

    def _add(self, frame, callee, first):
        """Add a frame. Return how many more handlers it stands in, beyond those that were given."""
        code = frame.f_code
        handlers, waiting = 0, ()
        if code in _STEPS_OF_MANAGERS:
            if self._inner is None or not self._inner.f_code.co_flags & _IS_GENERATOR:
                raise Unknown(f"{code.co_qualname} of contextlib")
            # While an exception is thrown into the generator, it is being handled there.
            handlers = 1 if sys.exception() is not None else 0
        elif MARK not in code.co_names and TICK not in code.co_names:
            raise Unknown(_unmarked(frame))
        elif not first or callee is not None:
            handlers, waiting = self._stand(frame, callee)
        variables = frame.f_locals
        if code.co_cellvars and CELLS not in variables and code not in _STEPS_OF_MANAGERS:
            raise Unknown(f"variables that functions in {code.co_name} share")
        self.stands.append((number_of(code), frame.f_lasti, *self._live(code, frame.f_lasti, variables, waiting)))
        if code.co_flags & _IS_GENERATOR:
            self.running[id(frame)] = len(self.running)
        return handlers

    @staticmethod
    def _live(code, offset, variables, waiting):
        """Return (the local variables that can still be read, whose values wait, or that do something when they are
        deleted; the names of those that are only counted on)."""
        known = liveness.live_at(code, offset)
        if known is None or code in _STEPS_OF_MANAGERS:
            return dict(variables), ()
        live, faint = known
        counted = tuple(name for name in variables if name in faint and type(variables[name]) is int)
        return {
            name: value
            for name, value in variables.items()
            if (name in live and name not in counted)
            or name in waiting
            or name.startswith(_WAITING)
            or not _goes_unnoticed(name, value)
        }, counted

    def _stand(self, frame, callee):
        """Return (how many handlers a frame stands in that has called something, the variables whose values wait
        there). Raise Unknown if a value waits there that has no name."""
        code = frame.f_code
        span = spans(code)[frame.f_lasti // 2]
        source = source_of(code.co_filename, frame.f_globals)
        places = source.standing.places.get(span, ()) if source is not None else ()
        for stand in places:
            if callee is not None:
                if stand.kind == standing.CALL and stand.path and stand.path[-1] == callee:
                    return stand.handlers, stand.waiting
            elif (extra := self._called_by(stand, frame)) is not None:
                return stand.handlers + extra, stand.waiting
        raise Unknown(f"what waits for a call in line {frame.f_lineno} of {code.co_name}")

    def _called_by(self, stand, frame):
        """Return None unless exactly this place has called the inner frame, with nothing in between; else how many
        handlers that adds."""
        inner = self._inner
        if stand.kind == standing.CALL:
            if callers.leads_to(callers.named(stand.path, frame, inner), inner.f_code):
                return 0
            return 0 if stand.drives and self._is_driven(stand, frame) else None
        if stand.kind == standing.LOOP:
            return 0 if self._is_next(frame) else None
        if stand.kind == standing.MANAGER:
            return self._is_managed(frame)
        if stand.kind == standing.YIELD and inner.f_code.co_flags & _IS_GENERATOR:
            return 0  # yield from
        return None

    def _is_driven(self, stand, frame):
        """Return whether any, all or next has called a generator that was made or named in this very call."""
        name = stand.path[0]
        if frame.f_locals.get(name, frame.f_globals.get(name, _MISSING)) not in (_MISSING, getattr(_builtins, name)):
            return False
        if stand.drives == "<genexpr>":
            return self._inner.f_code.co_name == stand.drives
        return getattr(frame.f_locals.get(stand.drives), "gi_frame", None) is self._inner

    def _is_next(self, frame):
        """Return whether the loop's iterator, which has a name, has called the inner frame."""
        for name, iterator in frame.f_locals.items():
            if name.startswith(_ITERATOR) or name == ".0":
                iterator = iterator() if type(iterator) is _Weak else iterator
                if getattr(iterator, "gi_frame", None) is self._inner:
                    return True
                if iterator is not None and self._inner.f_code is getattr(
                    callers.of_kind(iterator, "__next__"), "__code__", None
                ):
                    return True
        return False

    def _is_managed(self, frame):
        """Return None unless entering or leaving the with-statement has called the inner frame; else how many handlers
        that adds."""
        inner, opname = self._inner, callers.opname(frame)
        for name, manager in frame.f_locals.items():
            if name.startswith(_MANAGER) and manager is not None:
                for verb in ("__enter__", "__exit__"):
                    method = callers.of_kind(manager, verb)
                    if getattr(method, "__code__", None) is inner.f_code and callers.first_of(inner) is manager:
                        return 1 if opname == "WITH_EXCEPT_START" else 0
        return None


_IS_GENERATOR = 0x20  # CO_GENERATOR
_ITERATOR, _MANAGER = f"{PREFIX}iterator", f"{PREFIX}manager"
# Variables that no code reads: they stand for what waits on the interpreter's stack.
_WAITING = (_ITERATOR, _MANAGER, CELLS, f"{PREFIX}subject", f"{PREFIX}returned")
_MISSING = object()
_NANS = (b"G\x7f\xf8", b"G\xff\xf8")  # how pickle begins a float that is not a number
_builtins = sys.modules["builtins"]
_Weak = content.weakref.ReferenceType


def _unmarked(frame):
    code = frame.f_code
    where = f"line {frame.f_lineno} of {code.co_name}"
    if code.co_name == "<lambda>":
        return f"the lambda in line {code.co_firstlineno}"
    if trusted.is_ours(frame.f_globals.get("__name__")):
        return "a call by way of a library"
    return f"{where}, whose source cannot be read" if source_of(code.co_filename, frame.f_globals) is None else where


def _goes_unnoticed(name, value):
    """Return whether nothing happens when a variable that is never read again lets go of its value."""
    return type(value) in _SIMPLE or (name.startswith((PREFIX, "<")) and isinstance(value, types.FunctionType))


class _Quick(pickle.Pickler):
    """Pickles the objects that it can compare, and refuses the rest."""

    def __init__(self, stream, levels, follow):
        super().__init__(stream, protocol=5)
        self._open = {}
        self._running, self._follow = levels.running, follow

    def reducer_override(self, obj):
        if obj is _tag:
            return NotImplemented
        return _tag, self._parts(obj)

    def _parts(self, obj):
        """Return the parts of an object; a reference to one whose parts are being returned already."""
        number = self._open.get(id(obj))
        if number is not None:
            return "again", number
        self._open[id(obj)] = len(self._open)
        kind = type(obj)
        if kind is types.GeneratorType:
            return self._generator(obj)
        return content.content(obj, kind, self._follow)

    def _generator(self, generator):
        """Return the parts of a generator: one that is running is one of the levels; any other must wait where nothing
        is hidden."""
        frame = generator.gi_frame
        if frame is None:
            return ("over",)
        if generator.gi_running:
            return "running", self._running[id(frame)]
        code = generator.gi_code
        if MARK not in code.co_names and TICK not in code.co_names:
            raise Unknown(f"the generator {generator.__name__}")
        if not _has_not_begun(frame):
            span = spans(code)[frame.f_lasti // 2]
            source = source_of(code.co_filename, frame.f_globals)
            stand = source and source.standing.at(span, standing.YIELD)
            if stand is None or stand.handlers:
                raise Unknown(f"what waits at the yield in line {frame.f_lineno} of {generator.__name__}")
        if code.co_cellvars and CELLS not in frame.f_locals and not _has_not_begun(frame):
            raise Unknown(f"variables that functions in {generator.__name__} share")
        variables = dict(frame.f_locals)
        callers.let_go(frame, frame.f_back and frame.f_back.f_code)
        return "generator", number_of(code), frame.f_lasti, variables, generator.gi_yieldfrom


def _has_not_begun(frame):
    return callers.opname(frame) in ("RETURN_GENERATOR", "COPY_FREE_VARS", "MAKE_CELL") or frame.f_lasti < 0


class _Exact(_Quick):
    """Does the same, slower: it also sees the order in sets, and which numbers are one object."""

    def __init__(self, stream, levels, follow):
        super().__init__(stream, levels, follow)
        self._numbers = {}

    def persistent_id(self, obj):
        kind = type(obj)
        if kind in (set, frozenset):
            return self._reference(obj) or content.content(obj, kind, self._follow)
        if kind in (int, float) and not (kind is int and -6 < obj < 257):
            return self._reference(obj) or ("number", kind is int, repr(obj))
        return None

    def _reference(self, obj):
        """Return ("once more", number) for an object that was met before. At the first time, remember it and return
        None."""
        entry = self._numbers.get(id(obj))
        if entry is not None:
            return "once more", entry[0]
        self._numbers[id(obj)] = len(self._numbers), obj
        return None


def _needs_a_closer_look(pickled):
    """Return whether a pickle contains a set, or a float that does not equal itself: there it can matter which object
    it is."""
    if any(number in pickled for number in _NANS):
        return True
    if not any(code + b"\x94" in pickled for code in (b"\x8f", b"\x91")):
        return False
    return any(code.name in ("EMPTY_SET", "FROZENSET") for code, _, _ in pickletools.genops(pickled))


def _tag(*content):
    """Return the content. Pickle needs a function to call; marks are compared and never unpickled."""
    return content
