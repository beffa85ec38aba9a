"""The host of a check: run a learner's functions in this interpreter, each up to its next operation.

A search goes back to earlier states all the time, and a function cannot be set back. So a host offers two things.
`start(rank)` returns an execution: a fresh copy of that process's function with fresh copies of everything it reaches,
not yet begun. `execution.resume(observation)` lets it go on with what its operation observed (None at first) until it
stops before the next one, and returns that Stop. This host uses greenlets; another one may run the functions in a
sandbox or in real processes, behind the same two methods.
"""

import collections
import contextvars
import io
import sys

import greenlet

from shmlab.base import pickling, raised
from shmlab.explorer import ops
from shmlab.explorer.execution.process import ENDLESS_ROUNDS, Process, end_of
from shmlab.explorer.marks import callers, marks
from shmlab.explorer.marks.reachable_state import ReachableState
from shmlab.explorer.ops import Op, Place, Stop
from shmlab.explorer.source import rewrite, sources

_OVERLOOKED = "something that decided what came next, and that no rule knows"
_REDIRECTED = "sys.stdout or sys.stderr, which was redirected"
_MOST_MARKS = 40  # between two operations: a private loop need not be compared in each of its rounds
_MOST_OUTPUT = 20_000
_MOST_STOOD = 1_000  # rounds of a private loop in which it may come back to where it stood
_WIDEST_BITS = 128
PLACE = "_shmlab_place"  # the attribute of an exception that was raised in another process
_REGISTERS = (int, float, str, bytes, bool, type(None))


class GreenletHost:
    """Executions in this interpreter. `functions`, `wanted`: for each process its function and the names of the
    arguments that it takes. `copied`: {function: Copied}. `layout_type`: the layout of memory. `sync`: the declared
    synchronization objects. `unmarked`: functions that get no marks. `asks_who`: for each process, whether its
    function asks which process it is."""

    def __init__(self, functions, copied, wanted, layout_type, sync, unmarked=()):
        self._functions, self._unmarked = functions, unmarked
        self._wanted, self._layout, self._sync = wanted, layout_type, sync
        self._travelling = [copied[function].travelling for function in functions]
        self.asks_who = [copied[function].asks_who for function in functions]
        self._alone = [functions.count(function) == 1 for function in functions]

    def start(self, rank, seed=0):
        """Return an Execution of the function of process `rank`, not begun. `seed`: for its clocks and random
        numbers."""
        execution = Execution(self._travelling[rank], self._wanted[rank], rank, self._layout, self._sync, seed)
        execution.marked = self._functions[rank] not in self._unmarked
        execution.has_own_nodes = self.asks_who[rank] or self._alone[rank] or "rank" in self._wanted[rank]
        return execution

    def function(self, rank):
        """Return the function of process `rank`."""
        return self._functions[rank]


# How many calls of one function may wait for each other where a step comes; None: as many as Python allows. A grader
# bounds them: that a thousand tries end in a RecursionError says little of an answer.
DEEPEST = contextvars.ContextVar("DEEPEST", default=None)
MOST_CALLS = 50  # where they are bounded


class Execution(Process):
    """One run of a process: its look-alikes call it, and the search resumes it.

    `elsewhere`: bytes that decide the part of its future that lies in another process; None if nobody knows them.
    `marked`: whether it may have marks. `retraced`: whether it only repeats known ways, where no mark is needed.
    `root`: the code that calls the learner's function. `ahead`: while it repeats a known way, the observations to
    come.
    """

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
        self._stood = set()  # marks of a private loop that goes on for very long
        self._state = None
        self.root = Execution._run.__code__
        self.output = _Output()
        self._streams = self.output, self.output  # sys.stdout and sys.stderr, which its code may redirect
        self.deepest = DEEPEST.get()
        self._greenlet = greenlet.greenlet(self._run_or_die)

    def resume(self, observation=None, *, again=False):
        """Go on until the next operation and return its Stop. `again`: on a known way, where only the operation is
        needed."""
        self.again = again
        self._rounds = self._marks = 0
        self._mark = None
        self._stood.clear()
        return self._switched(lambda: self._greenlet.switch(observation))

    def close(self):
        """End the execution where it stands. If it were only forgotten it would stay in memory, as its own stack
        refers to it."""
        if self._greenlet:
            self._dying = True
            hook, sys.unraisablehook = sys.unraisablehook, _ignore_unraisable
            try:
                self._switched(lambda: self._greenlet.throw(greenlet.GreenletExit))
            finally:
                sys.unraisablehook = hook

    def _switched(self, switch):
        streams = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = self._streams
        try:
            self._greenlet.parent = greenlet.getcurrent()
            return switch()
        finally:
            self._streams = sys.stdout, sys.stderr
            sys.stdout, sys.stderr = streams

    def _run_or_die(self, first):
        try:
            return self._run(first)
        except BaseException:
            if self._dying:  # the learner's code may turn its end into another exception, such as an ExceptionGroup
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
        """Stop before `op` and return its observation."""
        if self.again:
            return self.stand(Stop(op, None, None))
        if self.deepest is not None and _calls_itself(sys._getframe(1)) > self.deepest:
            self._give_up(ops.DEEP, sys._getframe(1))
        return self.stand(Stop(op, None if self.adrift else self._mark, _place(sys._getframe(1))))

    def stand(self, stop):
        """Stop there and return what the operation observed."""
        if self._dying:
            raise greenlet.GreenletExit
        try:
            return self._greenlet.parent.switch(stop)
        except greenlet.GreenletExit:
            self._dying = True
            self._rounds = ENDLESS_ROUNDS  # so that no loop delays the end
            raise

    def abandon(self, error):
        """Give up: raise `error` in the search that resumed this execution, which does not go on."""
        self._dying = True
        self._greenlet.parent.throw(error)

    def mark(self, handlers=0):
        """Make a mark at a place where two histories can be compared; see marks."""
        self.tick()
        self._marks += 1
        if self._marks <= _MOST_MARKS and not (self.adrift or self.again):
            self._mark = self.mark_around(sys._getframe(1), handlers=handlers) or self._mark
        return True

    def mark_around(self, frame, callee=None, handlers=0):
        """Return the mark of a process that stands in `frame`, or None; see marks."""
        if self.elsewhere is None:
            return None
        if not self.marked:
            self._state.note(_OVERLOOKED)
            return None
        if not (sys.stdout is sys.stderr is self.output):
            self._state.note(_REDIRECTED)
            return None
        mark = self.mark_here(frame, callee, handlers)
        return None if mark is None else mark + self.elsewhere

    def mark_here(self, frame, callee=None, handlers=0):
        """Return the mark of what the process itself holds, with the numbers and times that come next; None if there
        is none."""
        mark = marks.mark_at(frame, self.root, self._state, callee, handlers)
        return None if mark is None else mark + self.own_stand_ins.to_come()

    @property
    def why_unmarked(self):
        """Return {why this execution had no mark: how often}."""
        return self._state.reasons if self._state is not None else {}

    def refuse(self, sentence):
        if not self._dying:
            # A switch, as below: a learner's `except` could swallow an exception and go on as no real process does.
            problem = "RuntimeError", sentence
            self._greenlet.parent.switch(
                Stop(Op(ops.RAISE, values=problem[:1]), None, _place(sys._getframe(1)), problem)
            )
        raise greenlet.GreenletExit

    def too_long(self, frame):
        """Give up in a private loop: it has no end where the process stands as it has stood before."""
        if self.retraced or self._dying:  # a known way can only end in a loop that has no end
            self._give_up(ops.ENDLESS, frame)
        if self.adrift or self._rounds > ENDLESS_ROUNDS + _MOST_STOOD:
            self._give_up(ops.LONG, frame)
        if frame.f_code is not Execution.mark.__code__:
            return
        mark = self.mark_here(frame.f_back)
        if mark in self._stood:
            self._give_up(ops.ENDLESS, frame)
        self._stood.add(mark or self._rounds)

    def _give_up(self, why, frame):
        if not self._dying:
            # A switch, because no `except` of the learner's can catch that; this execution is never resumed.
            self._greenlet.parent.switch(Stop(Op(why), None, _place(frame)))
        raise greenlet.GreenletExit


def _calls_itself(frame):
    """Return how many calls of one function wait for each other."""
    calls = collections.Counter()
    while frame is not None:
        calls[frame.f_code] += 1
        frame = frame.f_back
    return max(calls.values())


def _ignore_unraisable(_):
    """Ignore exceptions of a learner's generators that end because their execution is given up."""


class _Output(io.TextIOBase):
    """What a process prints, up to a length that people may read."""

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
    callers.let_go(frame, Execution._run.__code__)
    return Place(code.co_filename, frame.f_lineno, code.co_name, sources.spans(code)[frame.f_lasti // 2], registers)


def _shown(value):
    if isinstance(value, int) and value.bit_length() > _WIDEST_BITS:  # Python refuses to print very long ones
        return f"a number of {value.bit_length()} bits"
    return repr(value)[:40]


def place_of(error, *, besides=None):
    """Return the Place of the learner's last line in a traceback, or None. An exception from another process has its
    own. `besides`: a file that is not the learner's, although it lies beside theirs."""
    steps = [step for step in raised.own_steps(error) if step[0] != besides]
    return getattr(error, PLACE, Place(*steps[-1], ()) if steps else None)


def _problem(error):
    """Return what a Stop says of an exception: (type, message); for sys.exit, ("SystemExit", exit code)."""
    if isinstance(error, SystemExit):
        return "SystemExit", str(raised.exit_code(error))
    return raised.type_and_message(error)
