"""The host of a check: runs a learner's functions, each up to its next operation, in this interpreter.

A host offers two things. `start(rank)` gives an execution, a fresh copy of the function of that process
with fresh copies of everything it reaches, not yet begun. `execution.resume(observation)` lets it go on
with what its operation observed (None at first) until it stops before its next: a Stop. This one uses
greenlets; another host may keep the functions in a sandbox, or in real processes, behind the same two.
"""

import ctypes
import io
import pickle
import sys
import traceback
import types

import greenlet

from shmlab import pickling, primitives
from shmlab.explorer import canonical, ops, rewrite, stand_ins
from shmlab.explorer.fields import look_alike
from shmlab.explorer.objects import handles
from shmlab.explorer.ops import Op, Place, Stop
from shmlab.explorer.raw import pieces

# Rounds of private loops between two operations, beyond which a process is said to run for ever.
ENDLESS_ROUNDS = 200_000
_MOST_MARKS = 40  # a private loop need not be compared in each of its rounds
_MOST_OUTPUT = 20_000
_REGISTERS = (int, float, str, bytes, bool, type(None))


class GreenletHost:
    """Executions in this interpreter. `parts`: (functions, names wanted by each, memory's type, sync)."""

    def __init__(self, functions, wanted, layout_type, sync):
        self._wanted, self._layout, self._sync = wanted, layout_type, sync
        self._travelling = [_dumps(function) for function in functions]

    def start(self, rank, seed=0):
        """An Execution of the function of process `rank`, not begun. `seed`: for its clocks and random numbers."""
        return Execution(self._travelling[rank], self._wanted[rank], rank, self._layout, self._sync, seed)


def _dumps(function):
    stream = io.BytesIO()
    with pickling.by_value():
        try:
            _Marking(stream).dump(function)
        except Exception as error:
            name = getattr(function, "__name__", "the function")
            raise TypeError(
                f"{name} cannot be copied for each interleaving: {error}. Use plain data in its globals; "
                "open files, sockets and locks inside of the function"
            ) from error
    return stream.getvalue()


class _Marking(pickling.Pickler):
    """Copies functions with marks in them, and modules that reach out as their stand-ins."""

    def __init__(self, stream):
        super().__init__(stream)
        self._spaces = {}
        self._done = {}

    def persistent_id(self, found):
        if isinstance(found, _Hook):
            return "hook", found.name
        names = stand_ins.named(found)
        return None if names is None else ("stand-in", *names)

    def reducer_override(self, found):
        if isinstance(found, types.FunctionType) and pickling.is_learners_file(found.__code__.co_filename):
            found = self._done.setdefault(id(found), (self._marked(found), found))[0]
        return super().reducer_override(found)

    def _marked(self, function):
        code = rewrite.marked_code(function)
        if code is None:
            code = function.__code__
        marked = types.FunctionType(
            code, self._space(function.__globals__), function.__name__, function.__defaults__, function.__closure__
        )
        marked.__kwdefaults__, marked.__dict__ = function.__kwdefaults__, dict(vars(function))
        marked.__qualname__, marked.__module__ = function.__qualname__, function.__module__
        marked.__dict__.pop("__wrapped__", None)
        return marked

    def _space(self, found):
        """One copy of a module's globals for all of its functions, with the hooks of the marks in it."""
        if id(found) not in self._spaces:
            space = {name: _Hook(name) for name in stand_ins.BUILTINS} | found
            space |= {name: _Hook(name) for name in (rewrite.MARK, rewrite.TICK, rewrite.IMPORT)}
            self._spaces[id(found)] = space
        return self._spaces[id(found)]


class _Hook:
    """A name that each execution fills with something of its own."""

    def __init__(self, name):
        self.name = name

    def __call__(self):
        raise NotImplementedError(f"{self.name} is filled in by an execution")


class _Loader(pickle.Unpickler):
    def __init__(self, stream, process, found):
        super().__init__(stream)
        self._process = process
        self._found = found

    def persistent_load(self, names):
        process, found = self._process, self._found
        match names:
            case ("hook", rewrite.MARK):
                return process.mark
            case ("hook", rewrite.TICK):
                return process.tick
            case ("hook", rewrite.IMPORT):
                return found.import_
            case ("hook", name):
                return found.name_in("builtins", name)
            case ("stand-in", module):
                return found.module(module)
            case ("stand-in", module, name):
                return found.name_in(module, name)
            case ("stand-in", module, name, argument):
                return found.name_in(module, name)(argument)
        raise pickle.UnpicklingError(f"unknown name {names!r}")


class _Endless(BaseException):
    """A private loop went on for too long. No `except Exception` of a learner catches it."""


class Execution:
    """One process on its way: what its look-alikes call, and what the search resumes."""

    def __init__(self, travelling, wanted, rank, layout_type, sync, seed):
        self._travelling, self._wanted, self._rank = travelling, wanted, rank
        self._layout, self._sync, self._seed = layout_type, sync, seed
        self._rounds = self._marks = 0
        self._mark = None
        self._dying = self._again = False
        self._state = None
        self.drew = False
        self.output = _Output()
        self._greenlet = greenlet.greenlet(self._run)

    def resume(self, observation=None, *, again=False):
        """Go on until the next operation; returns its Stop. `again`: on a way gone before, so that only the
        operation is wanted."""
        self._again = again
        self._rounds = self._marks = 0
        self._mark = None
        kept = sys.stdout, sys.stderr
        sys.stdout = sys.stderr = self.output
        try:
            self._greenlet.parent = greenlet.getcurrent()
            return self._greenlet.switch(observation)
        finally:
            sys.stdout, sys.stderr = kept

    def _run(self, _):
        primitives.HOST.set(self)
        try:
            known = {"shm": look_alike(self._layout)(self, 0), "rank": self._rank, **handles(self, self._sync)}
            function = _Loader(io.BytesIO(self._travelling), self, stand_ins.StandIns(self, self._seed)).load()
            self._state = canonical.changing(function)
            function(**{name: known[name] for name in self._wanted})
        except greenlet.GreenletExit:
            raise
        except _Endless:
            return Stop(Op(ops.ENDLESS), None, self._last_place)
        except SystemExit as end:
            if end.code not in (None, 0):
                return Stop(Op(ops.RAISE, values=(f"SystemExit: {end.code}",)), None, _place_of(end), _problem(end))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            return Stop(
                Op(ops.RAISE, values=(f"{type(error).__name__}: {error}",)), None, _place_of(error), _problem(error)
            )
        return Stop(Op(ops.END), None, None)

    # What look-alikes and primitives call.

    def do(self, op):
        """Stop before `op`; returns what it observed."""
        if self._dying:
            raise greenlet.GreenletExit
        if self._again:
            stop = Stop(op, None, None)
        else:
            stop = Stop(op, None if self.drew else self._mark, _place(sys._getframe(1)))
        try:
            return self._greenlet.parent.switch(stop)
        except greenlet.GreenletExit:
            self._dying = True
            raise

    def load(self, at, size):
        if at % size == 0 and size in (1, 2, 4, 8):
            return self.do(Op("load", at, size))
        return self.load_bytes(at, size)

    def store(self, at, raw):
        size = len(raw)
        if at % size == 0 and size in (1, 2, 4, 8):
            self.do(Op("store", at, size, (raw,)))
        else:
            self.store_bytes(at, raw)

    def load_bytes(self, at, size):
        if size in (1, 2, 4, 8) and at % size == 0:
            return self.do(Op("load", at, size))
        return b"".join([self.do(Op("load", *piece)) for piece in _torn(at, size)])

    def store_bytes(self, at, raw):
        for start, size in _torn(at, len(raw)):
            self.do(Op("store", start, size, (raw[start - at : start - at + size],)))

    def atomic(self, kind, at, size, values):
        raw = sys.byteorder
        if kind == "store_release":
            return self.do(Op(kind, at, size, (values[0].to_bytes(size, raw),)))
        if kind == "load_acquire":
            return int.from_bytes(self.do(Op(kind, at, size)), raw)
        return self.do(Op(kind, at, size, values))

    def fence(self):
        self.do(Op("fence"))

    def pause(self):
        self.tick()

    def tick(self):
        """One more round of a loop. Raises _Endless beyond the limit."""
        if self._dying:
            raise greenlet.GreenletExit
        self._rounds += 1
        if self._rounds > ENDLESS_ROUNDS:
            self._last_place = _place(sys._getframe(1))
            self._rounds = 0
            raise _Endless
        return True

    def mark(self):
        """A place where two histories can be compared; see canonical."""
        self.tick()
        self._marks += 1
        if self._marks <= _MOST_MARKS and not (self.drew or self._again):
            found = canonical.mark_at(sys._getframe(1), Execution._run.__code__, self._state)
            self._mark = found or self._mark
        return True


def _torn(at, size):
    """One aligned access where it can be one, else byte by byte, as C's memcpy may do it."""
    if size in (1, 2, 4, 8):
        return pieces(at, size)
    return ((at + index, 1) for index in range(size))


class _Output(io.TextIOBase):
    """What a process prints, as far as anybody would read it."""

    def __init__(self):
        self._parts = []
        self._room = _MOST_OUTPUT

    def write(self, text):
        if self._room > 0:
            self._parts.append(text[: self._room])
            self._room -= len(text)
        return len(text)

    def text(self):
        return "".join(self._parts)


def _is_learners(frame):
    name = frame.f_globals.get("__name__") or ""
    return not (name.startswith("shmlab.") or frame.f_code.co_filename.startswith("<frozen"))


def _place(frame):
    while frame is not None and not _is_learners(frame):
        frame = frame.f_back
    if frame is None:
        return None
    code = frame.f_code
    registers = tuple(
        (name, repr(value)[:40])
        for name, value in frame.f_locals.items()
        if isinstance(value, _REGISTERS) and not name.startswith((rewrite.ITERATOR, "__"))
    )
    return Place(code.co_filename, frame.f_lineno, code.co_name, rewrite.spans(code)[frame.f_lasti // 2], registers)


def _place_of(error):
    """The last line of the learner's in a traceback."""
    last = None
    for frame, line in traceback.walk_tb(error.__traceback__):
        if _is_learners(frame):
            last = Place(frame.f_code.co_filename, line, frame.f_code.co_name, ())
    return last


def _problem(error):
    """(type, message) of an exception, in words."""
    return type(error).__name__, str(error)


def initial_bytes(memory):
    """The content of the initial Structure."""
    return bytes(memory)[: ctypes.sizeof(memory)]
