"""One process of a program, wherever it runs: its function, and the operations that its accesses stand for.

The look-alikes that a learner's function uses call a Process. It turns each access into an operation and passes that
to `do`, where a host stops it: in this interpreter for a check, or in a real process behind a gate for a replay. So
the same function does the same operations everywhere.
"""

import ctypes
import sys
import types
import weakref

from shmlab import layout, primitives
from shmlab.base import pickling, raised
from shmlab.explorer import ops
from shmlab.explorer.execution import copies, own_layouts, own_modules, stand_ins
from shmlab.explorer.lookalikes.fields import look_alike, look_alike_with, standing_for, with_methods
from shmlab.explorer.lookalikes.raw_bytes import pieces
from shmlab.explorer.lookalikes.sync_objects import handles
from shmlab.explorer.lookalikes.values import is_a_copy
from shmlab.explorer.model.linearization import plain
from shmlab.explorer.ops import Op

# Rounds of private loops between two operations; beyond this limit a process counts as running for ever.
ENDLESS_ROUNDS = 200_000
_AT_ONCE = (1, 2, 4, 8)  # sizes in bytes that one instruction can load or store


class Endless(BaseException):
    """A private loop went on for too long. It is no Exception, so a learner's `except Exception` does not catch it."""


class Process:
    """Process `rank` of a program. `wanted`: the names of the arguments that its function takes."""

    drew = False
    adrift = False  # whether it drew numbers that no seed decides: no mark can say what comes
    refuses = True  # whether it refuses what reaches out of the function, see stand_ins
    has_own_nodes = True  # whether it shares no nodes with other processes of the same function, see identity

    def __init__(self, wanted, rank, layout_type, sync):
        self._wanted, self.rank, self._layout, self._sync = wanted, rank, layout_type, sync
        self.layouts = {}  # name -> the function's own copies of the layouts of that name
        self._look_alikes = {}
        self._rounds = 0

    def do(self, op):
        """Stop before `op`, have it done, and return its observation."""
        raise NotImplementedError

    def loaded(self, travelling, seed):
        """Return (function, its arguments), made anew from the bytes of copies.dumps. `seed`: for clocks and random
        numbers."""
        primitives.HOST.set(self)
        function = copies.load(travelling, self, self.stand_ins(seed))
        if isinstance(function, tuple):
            function = function[0]  # loading has noted the layouts that follow it, see copies
        arguments = {"shm": standing_for(self._layout, self, 0), "rank": self.rank, **handles(self, self._sync)}
        return function, {name: arguments[name] for name in self._wanted}

    def stand_ins(self, seed):
        """Return the StandIns of this process."""

        def own(name, own_stand_ins):
            return own_modules.copied(name, self, own_stand_ins)

        self.own_stand_ins = stand_ins.StandIns(self, seed, refuses=self.refuses, own=own)
        return self.own_stand_ins

    def as_array(self, raw):
        """Return what stands for numpy's array over shared bytes."""
        from shmlab.explorer.lookalikes import arrays  # imports numpy, which few programs need

        return arrays.frombuffer(raw, raw.format)

    def layout_here(self, kind):
        """Return a layout as the function knows it: the function has a copy of its own, as of all that it reaches."""
        if issubclass(kind, ctypes.Array):
            element = self.layout_here(kind._type_)
            return kind if element is kind._type_ else element * kind._length_
        return self._own_copy(kind) or kind

    def _own_copy(self, kind):
        return next((own for own in self.layouts.get(kind.__name__, ()) if is_a_copy(own, kind)), None)

    def class_here(self, kind):
        """Return the same for who asks an object for its class: a layout that the function does not reach by a name is
        copied now."""
        own = self.layout_here(kind)
        if own is kind and issubclass(kind, ctypes.Structure | ctypes.Union) and self._own_copy(kind) is None:
            own = own_layouts.built(*pickling.description(kind))
            self.layouts.setdefault(kind.__name__, []).append(own)
        return own

    def look_alike(self, kind):
        """Return the class that stands for shared memory of a type; its methods are the function's own copies."""
        if kind not in self._look_alikes:
            own = self.layout_here(kind)
            as_declared = own is kind or kind not in with_methods(kind)
            self._look_alikes[kind] = look_alike(kind) if as_declared else look_alike_with(kind, own)
        return self._look_alikes[kind]

    def methods(self):
        """Return the functions that a learner added to the layouts of the memory."""
        kinds = [self.layout_here(kind) for kind in with_methods(self._layout)]
        return [value for kind in kinds for value in vars(kind).values() if isinstance(value, types.FunctionType)]

    def explained(self, error):
        """Make an exception that leaves the function name the fields that exist, see layout.explained."""
        for kind in (self._layout, *(layout_type for same in self.layouts.values() for layout_type in same)):
            if kind is not None:
                layout.explained(error, kind)

    # Called by look-alikes and primitives. `at`: an offset in bytes.

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

    def invoke(self, name, arguments):
        self.do(Op(ops.INVOKE, values=(name, plain(arguments, f"an argument of invoke({name!r}, …)"))))

    def respond(self, result):
        self.do(Op(ops.RESPOND, values=(plain(result, "what respond gets"),)))

    def pause(self):
        self.tick()

    def tick(self):
        """Count one more round of a loop. Raise Endless beyond the limit."""
        self._rounds += 1
        if self._rounds > ENDLESS_ROUNDS:
            self.too_long(sys._getframe(1))
        return True

    def mark(self, handlers=0):
        """Note a place where two histories can be compared. `handlers`: how many except and finally parts it lies
        in."""
        return self.tick()

    def named(self, iterable):
        """Return the iterator of a loop for a variable: a weak reference to a generator, so that it ends with its loop
        and not with that variable."""
        iterator = iter(iterable)
        if type(iterator) is types.GeneratorType:
            self._looped = iterator
            return weakref.ref(iterator)
        return iterator

    def looped(self, named):
        """Return the iterator that a loop iterates over."""
        if type(named) is weakref.ref:
            named, self._looped = self._looped, None
        return named

    def refuse(self, sentence):
        """Refuse a call that reaches out of the function: raise RuntimeError."""
        raise RuntimeError(sentence)

    def too_long(self, frame):
        """End a private loop that went on beyond the limit: raise Endless. `frame`: that of its last round."""
        self._rounds = 0
        raise Endless


def end_of(error):
    """Return the operation that stands for the end of a process whose function left with `error`."""
    if isinstance(error, Endless):
        return Op(ops.ENDLESS)
    if isinstance(error, SystemExit) and raised.exit_code(error) == 0:
        return Op(ops.END)
    # The message is left out: that of a RecursionError, for example, depends on the depth.
    return Op(ops.RAISE, values=(type(error).__name__,))


def _torn(at, size):
    """Yield one aligned access if it can be one, else one for each byte, as C's memcpy may do it."""
    if size in _AT_ONCE:
        return pieces(at, size)
    return ((at + index, 1) for index in range(size))
