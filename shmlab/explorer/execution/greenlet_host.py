"""The host of a check: runs a learner's functions, each up to its next operation, in this interpreter.

A host offers two things. `start(rank)` gives an execution, a fresh copy of the function of that process
with fresh copies of everything it reaches, not yet begun. `execution.resume(observation)` lets it go on
with what its operation observed (None at first) until it stops before its next: a Stop. This one uses
greenlets; another host may keep the functions in a sandbox, or in real processes, behind the same two.
"""

import io
import sys

import greenlet

from shmlab.base import pickling, raised
from shmlab.explorer import ops
from shmlab.explorer.execution.process import ENDLESS_ROUNDS, Process, end_of
from shmlab.explorer.marks import marks
from shmlab.explorer.marks.reachable_state import ReachableState
from shmlab.explorer.ops import Op, Place, Stop
from shmlab.explorer.source import rewrite, sources

_OVERLOOKED = "something that decided what came next, and that no rule knows"
_MOST_MARKS = 40  # a private loop need not be compared in each of its rounds
_MOST_OUTPUT = 20_000
_WIDEST_BITS = 128
PLACE = "_shmlab_place"  # the attribute of an exception that was raised in another process
_REGISTERS = (int, float, str, bytes, bool, type(None))


class GreenletHost:
    """Executions in this interpreter. `functions`, and the names `wanted` by each, one for each process; `copied`:
    function -> Copied; `layout_type`: of memory; `sync`: the declared synchronization objects; `unmarked`: functions
    that get no marks. `asks_who`: for each process, whether its function asks which process it is."""

    def __init__(self, functions, copied, wanted, layout_type, sync, unmarked=()):
        self._functions, self._unmarked = functions, unmarked
        self._wanted, self._layout, self._sync = wanted, layout_type, sync
        self._travelling = [copied[function].travelling for function in functions]
        self.asks_who = [copied[function].asks_who for function in functions]
        self._alone = [functions.count(function) == 1 for function in functions]

    def start(self, rank, seed=0):
        """An Execution of the function of process `rank`, not begun. `seed`: for its clocks and random numbers."""
        execution = Execution(self._travelling[rank], self._wanted[rank], rank, self._layout, self._sync, seed)
        execution.marked = self._functions[rank] not in self._unmarked
        execution.told_apart = self.asks_who[rank] or self._alone[rank] or "rank" in self._wanted[rank]
        return execution

    def function(self, rank):
        """The function of process `rank`."""
        return self._functions[rank]


class Execution(Process):
    """One process on its way: what its look-alikes call, and what the search resumes.

    `elsewhere`: what decides its future and is kept by somebody else, where a part of it runs in another
    process; None where nobody can tell. `marked`: whether it may have marks. `retraced`: whether it only goes ways
    gone before, where nobody asks for a mark. `root`: the code that called what is told here. `ahead`: on a way gone
    before, the observations that will follow."""

    elsewhere = b""
    ahead = ()
    marked = True
    retraced = False

    def __init__(self, travelling, wanted, rank, layout_type, sync, seed):
        super().__init__(wanted, rank, layout_type, sync)
        self._travelling, self.seed = travelling, seed
        self._marks = 0
        self._mark = None
        self._dying = self.again = False
        self._state = None
        self.root = Execution._run.__code__
        self.output = _Output()
        self._greenlet = greenlet.greenlet(self._run_or_die)

    def resume(self, observation=None, *, again=False):
        """Go on until the next operation; returns its Stop. `again`: on a way gone before, so that only the
        operation is wanted."""
        self.again = again
        self._rounds = self._marks = 0
        self._mark = None
        return self._switched(lambda: self._greenlet.switch(observation))

    def close(self):
        """End it where it stands. One that is only forgotten stays in memory: its own stack knows it."""
        if self._greenlet:
            self._dying = True
            kept, sys.unraisablehook = sys.unraisablehook, _nobody_is_told
            try:
                self._switched(lambda: self._greenlet.throw(greenlet.GreenletExit))
            finally:
                sys.unraisablehook = kept

    def _switched(self, switch):
        kept = sys.stdout, sys.stderr
        sys.stdout = sys.stderr = self.output
        try:
            self._greenlet.parent = greenlet.getcurrent()
            return switch()
        finally:
            sys.stdout, sys.stderr = kept

    def _run_or_die(self, first):
        try:
            return self._run(first)
        except BaseException:
            if self._dying:  # whatever the learner's code makes of its end, an ExceptionGroup perhaps
                return None
            raise

    def _run(self, _):
        try:
            function, arguments = self.loaded(self._travelling, self.seed)
            if not self.retraced:
                self._state = ReachableState(function, *self.methods())
            function(**arguments)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            if self._dying:
                raise
            self.explained(error)
            return Stop(end_of(error), None, place_of(error), _problem(error))
        return Stop(Op(ops.END), None, None)

    def do(self, op):
        """Stop before `op`; returns what it observed."""
        if self.again:
            return self.stand(Stop(op, None, None))
        return self.stand(Stop(op, None if self.drew else self._mark, _place(sys._getframe(1))))

    def stand(self, stop):
        """Stop there; returns what the operation observed."""
        if self._dying:
            raise greenlet.GreenletExit
        try:
            return self._greenlet.parent.switch(stop)
        except greenlet.GreenletExit:
            self._dying = True
            self._rounds = ENDLESS_ROUNDS  # so that no loop holds it up
            raise

    def abandon(self, error):
        """Give up the search that resumed this: it gets `error`, and nothing here goes on."""
        self._dying = True
        self._greenlet.parent.throw(error)

    def mark(self, handlers=0):
        """A place where two histories can be compared; see marks."""
        self.tick()
        self._marks += 1
        if self._marks <= _MOST_MARKS and not (self.drew or self.again):
            self._mark = self.mark_around(sys._getframe(1), handlers=handlers) or self._mark
        return True

    def mark_around(self, frame, callee=None, handlers=0):
        """The mark of a process that stands in `frame`, or None; see marks."""
        if self.elsewhere is None:
            return None
        if not self.marked:
            self._state.note(_OVERLOOKED)
            return None
        found = marks.mark_at(frame, self.root, self._state, callee, handlers)
        return None if found is None else found + self.elsewhere

    @property
    def kept_apart(self):
        """Why this execution had no mark, -> how often."""
        return self._state.reasons if self._state is not None else {}

    def refuse(self, sentence):
        if not self._dying:
            # By a switch, as below: whoever swallows the refusal would go on as it never does in real life.
            problem = "RuntimeError", sentence
            self._greenlet.parent.switch(
                Stop(Op(ops.RAISE, values=problem[:1]), None, _place(sys._getframe(1)), problem)
            )
        raise greenlet.GreenletExit

    def too_long(self, frame):
        if not self._dying:
            # Told by a switch, which no `except` of the learner's can catch; nobody resumes it.
            self._greenlet.parent.switch(Stop(Op(ops.ENDLESS), None, _place(frame)))
        raise greenlet.GreenletExit


def _nobody_is_told(_):
    """What generators of a learner's make of their end when an execution is given up concerns nobody."""


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
    return pickling.is_learners_file(frame.f_code.co_filename)


def _place(frame):
    while frame is not None and not _is_learners(frame):
        frame = frame.f_back
    if frame is None:
        return None
    code = frame.f_code
    registers = tuple(
        (name, _shown(value))
        for name, value in frame.f_locals.items()
        if type(value) in _REGISTERS and not name.startswith((rewrite.PREFIX, "__"))
    )
    return Place(code.co_filename, frame.f_lineno, code.co_name, sources.spans(code)[frame.f_lasti // 2], registers)


def _shown(value):
    if isinstance(value, int) and value.bit_length() > _WIDEST_BITS:  # Python refuses to print very long ones
        return f"a number of {value.bit_length()} bits"
    return repr(value)[:40]


def place_of(error, *, besides=None):
    """The Place of the last line of the learner's in a traceback, or None; an exception that came from another process
    brings its own. `besides`: a file that is none of the learner's, though it lies beside theirs."""
    steps = [step for step in raised.own_steps(error) if step[0] != besides]
    return getattr(error, PLACE, Place(*steps[-1], ()) if steps else None)


def _problem(error):
    """What a Stop tells of an exception: (type, message); of sys.exit, (SystemExit, the exit code)."""
    if isinstance(error, SystemExit):
        return "SystemExit", str(raised.exit_code(error))
    return raised.type_and_message(error)
