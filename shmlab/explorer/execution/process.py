"""One process of a program, wherever it runs: its function, and the operations its accesses stand for.

What a learner's function touches (see lookalikes) calls a Process; that names each
operation and passes it to `do`, where a host stops it: a check in this interpreter, or a real process
behind a gate. So the same function does the same operations in all of them.
"""

import ctypes
import sys
import types
import weakref

from shmlab import layout, primitives
from shmlab.base import raised
from shmlab.explorer import ops
from shmlab.explorer.execution import copies, own_modules, stand_ins
from shmlab.explorer.lookalikes.fields import look_alike, look_alike_with, standing_for, with_methods
from shmlab.explorer.lookalikes.raw_bytes import pieces
from shmlab.explorer.lookalikes.sync_objects import handles
from shmlab.explorer.lookalikes.values import is_a_copy
from shmlab.explorer.ops import Op

# Rounds of private loops between two operations, beyond which a process is said to run for ever.
ENDLESS_ROUNDS = 200_000
_AT_ONCE = (1, 2, 4, 8)  # sizes in bytes of what one instruction loads or stores


class Endless(BaseException):
    """A private loop went on for too long. No `except Exception` of a learner catches it."""


class Process:
    """Process `rank` of a program. `wanted`: the names that its function takes."""

    drew = False
    refuses = True  # what reaches out of the function, see stand_ins
    told_apart = True  # from other processes of the same function, whatever it observes, see identity

    def __init__(self, wanted, rank, layout_type, sync):
        self._wanted, self.rank, self._layout, self._sync = wanted, rank, layout_type, sync
        self.layouts = {}  # name -> the function's own copies of the layouts of that name that it reaches
        self._look_alikes = {}
        self._rounds = 0

    def do(self, op):
        """Stop before `op`, have it done, and return what it observed."""
        raise NotImplementedError

    def loaded(self, travelling, seed):
        """(function, its arguments), made anew from the bytes of copies.dumps. `seed`: of clocks, random numbers."""
        primitives.HOST.set(self)
        function = copies.load(travelling, self, self.stand_ins(seed))
        if isinstance(function, tuple):
            function = function[0]  # the layouts are known by now, see copies
        known = {"shm": standing_for(self._layout, self, 0), "rank": self.rank, **handles(self, self._sync)}
        return function, {name: known[name] for name in self._wanted}

    def stand_ins(self, seed):
        """The StandIns of this process."""

        def own(name, found):
            return own_modules.copied(name, self, found)

        return stand_ins.StandIns(self, seed, refuses=self.refuses, own=own)

    def as_array(self, raw):
        """What stands for numpy's array over shared bytes."""
        from shmlab.explorer.lookalikes import arrays  # with numpy, which few programs want

        return arrays.frombuffer(raw, raw.format)

    def layout_here(self, kind):
        """A layout as the function knows it, which has a copy of its own, as of all it reaches."""
        if issubclass(kind, ctypes.Array):
            element = self.layout_here(kind._type_)
            return kind if element is kind._type_ else element * kind._length_
        return next((known for known in self.layouts.get(kind.__name__, ()) if is_a_copy(known, kind)), kind)

    def look_alike(self, kind):
        """The class of what stands for shared memory of a type; its methods are the function's own copies."""
        if kind not in self._look_alikes:
            own = self.layout_here(kind)
            as_declared = own is kind or kind not in with_methods(kind)
            self._look_alikes[kind] = look_alike(kind) if as_declared else look_alike_with(kind, own)
        return self._look_alikes[kind]

    def methods(self):
        """The functions that a learner gave to the layouts of the memory."""
        kinds = [self.layout_here(kind) for kind in with_methods(self._layout)]
        return [one for kind in kinds for one in vars(kind).values() if isinstance(one, types.FunctionType)]

    def explained(self, error):
        """Let an exception that leaves the function name the fields that there are, see layout.explained."""
        for kind in (self._layout, *(known for same in self.layouts.values() for known in same)):
            if kind is not None:
                layout.explained(error, kind)

    # What look-alikes and primitives call.

    def load(self, at, size):
        if at % size == 0 and size in _AT_ONCE:
            return self.do(Op("load", at, size))
        return self.load_bytes(at, size)

    def store(self, at, raw):
        size = len(raw)
        if at % size == 0 and size in _AT_ONCE:
            self.do(Op("store", at, size, (raw,)))
        else:
            self.store_bytes(at, raw)

    def load_bytes(self, at, size):
        if size in _AT_ONCE and at % size == 0:
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
        """One more round of a loop. Raises Endless beyond the limit."""
        self._rounds += 1
        if self._rounds > ENDLESS_ROUNDS:
            self.too_long(sys._getframe(1))
        return True

    def mark(self, handlers=0):
        """A place where two histories can be compared. `handlers`: in how many except and finally parts it lies."""
        return self.tick()

    def named(self, found):
        """The iterator of a loop, as a variable keeps it: a generator is to end with its loop, and not with that."""
        iterator = iter(found)
        if type(iterator) is types.GeneratorType:
            self._looped = iterator
            return weakref.ref(iterator)
        return iterator

    def looped(self, named):
        """The iterator that a loop goes through."""
        if type(named) is weakref.ref:
            named, self._looped = self._looped, None
        return named

    def refuse(self, sentence):
        """What becomes of a call that reaches out of the function. Raises RuntimeError."""
        raise RuntimeError(sentence)

    def too_long(self, frame):
        """What becomes of a private loop that went on beyond the limit. `frame`: who counted its last round."""
        self._rounds = 0
        raise Endless


def end_of(error):
    """The operation that stands for the end of a process whose function left with `error`."""
    if isinstance(error, Endless):
        return Op(ops.ENDLESS)
    if isinstance(error, SystemExit) and raised.exit_code(error) == 0:
        return Op(ops.END)
    # Its message is no part of what the process did: that of a RecursionError, say, depends on the depth.
    return Op(ops.RAISE, values=(type(error).__name__,))


def _torn(at, size):
    """One aligned access where it can be one, else byte by byte, as C's memcpy may do it."""
    if size in _AT_ONCE:
        return pieces(at, size)
    return ((at + index, 1) for index in range(size))
