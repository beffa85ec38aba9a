"""Program: a learner's functions, the memory they share, and what must hold.

Written once, a Program goes through everything this package does. `run` is the real thing: real
processes, a real segment, real semaphores.
"""

import collections
import collections.abc
import ctypes
import dataclasses
import difflib
import inspect
import os
import time

from tqdm.auto import tqdm

from shmlab import ipc, layout, primitives, workers
from shmlab.ipc import limits
from shmlab.ipc.pthreads import BARRIER_BYTES, SLOT_BYTES
from shmlab.ipc.segment import segment_class
from shmlab.table import Table

TIMEOUT_S = 10.0


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What one run did.

    `values`: the final content of the shared memory, plain Python. `ok`: every process finished and
    the invariant held. `exits`: how each process ended, in words. `elapsed_s`: seconds from the
    first process's start to the last one's end, start barrier and set-up not counted. `why`: why it
    is not ok, a sentence. `output`: what was printed, by process.
    """

    values: dict
    ok: bool
    exits: tuple[workers.Exit, ...]
    elapsed_s: float
    why: str
    output: tuple[str, ...]
    ipc: str

    def table(self):
        """One row for each process; below it, the lines an exception came from."""
        caption = f"{'ok' if self.ok else 'not ok: ' + self.why}; {in_words(self.values)}"
        rows = tuple((f"P{rank}", end.words) for rank, end in enumerate(self.exits))
        return Table(
            caption, ("process", "how it ended"), rows, "\n".join(end.trace for end in self.exits if end.trace)
        )

    def __repr__(self):
        return str(self.table())


class Outcomes(collections.abc.Sequence):
    """The outcomes of many runs of one program."""

    def __init__(self, outcomes, program):
        self._outcomes = tuple(outcomes)
        self.title = program.title

    def __getitem__(self, index):
        return self._outcomes[index]

    def __len__(self):
        return len(self._outcomes)

    @property
    def failed(self):
        """How many were not ok."""
        return sum(not outcome.ok for outcome in self)

    def counts(self):
        """[(final content in words, ok, runs)], the most frequent first."""
        found = collections.Counter((in_words(outcome.values), outcome.ok) for outcome in self)
        return [(words, ok, runs) for (words, ok), runs in found.most_common()]

    def table(self):
        """One row for each final content, the most frequent first."""
        counts = self.counts()
        rows = [(words, str(runs), "ok" if ok else "failed") for words, ok, runs in counts[:MOST_ROWS]]
        if left := sum(runs for *_, runs in counts[MOST_ROWS:]):
            rows.append((f"{len(counts) - MOST_ROWS} other results", str(left), ""))
        caption = f"{self.title}: {self.failed} of {len(self)} runs failed"
        return Table(caption, ("final content", "runs", "verdict"), tuple(rows))

    def __repr__(self):
        return str(self.table())


MOST_ROWS = 12


def in_words(values):
    """Final content as one line: counter = 4, ready = 1."""
    return ", ".join(f"{name} = {value}" for name, value in values.items()) or "no shared fields"


class Program:
    """Functions for several processes, the memory they share, how they synchronize, what must hold.

    `functions`: one function and `processes=n`, or a list with one for each process. A function
    takes what it names: `shm` (the shared memory), `rank` (0 … n - 1), and any key of `sync`.
    `shared`: a dict (int -> signed 64-bit, list of int -> array, bytes -> bytes) or an instance of a
    ctypes Structure. `sync`: name -> Semaphore, Mutex, Condition, Barrier, or a list of them.
    `invariant(shm)`: must be true when every process has finished.
    Raises TypeError or ValueError, naming what does not fit.
    """

    def __init__(self, functions, *, processes=None, shared, sync=None, invariant=None):
        self.functions = _one_for_each(functions, processes)
        self.initial = layout.initial(shared)
        self.sync = dict(sync or {})
        _check_sync(self.sync)
        known = ["shm", "rank", *self.sync]
        self._wanted = [_parameters(function, known) for function in self.functions]
        if invariant is not None and not callable(invariant):
            raise TypeError(f"invariant is {invariant!r}: give a function of shm, such as lambda shm: shm.counter == 6")
        self.invariant = invariant

    @property
    def processes(self):
        """How many there are."""
        return len(self.functions)

    @property
    def title(self):
        """The program in one line: increment × 2."""
        names = collections.Counter(function.__name__ for function in self.functions)
        return ", ".join(f"{name} × {count}" if count > 1 else name for name, count in names.items())

    def __repr__(self):
        return (
            f"<Program {self.title}; {in_words(layout.values(self.initial))}; sync: {', '.join(self.sync) or 'none'}>"
        )

    def run(self, *, ipc="posix", times=None, timeout=TIMEOUT_S, pin=False, progress=True):
        """Run it in real processes on a real segment; returns an Outcome, or Outcomes with `times`.

        `ipc`: "posix" or "sysv". `timeout`: seconds for one run; whoever still runs then is ended.
        `pin`: give each process a processor of its own, as far as they go round. `progress`: show a
        bar when it takes longer. An interrupt ends the processes and leaves nothing in the kernel.
        """
        segment_class(ipc)
        if times is None:
            return self._run_once(ipc, timeout, pin)
        if isinstance(times, bool) or not isinstance(times, int) or times < 1:
            raise ValueError(f"times is {times!r}: give a whole number from 1 up")
        bar = tqdm(range(times), desc=self.title, unit="run", leave=False, delay=0.5, disable=not progress)
        return Outcomes([self._run_once(ipc, timeout, pin) for _ in bar], self)

    def _run_once(self, kind, timeout, pin):
        with _Stage(self, kind) as stage:
            cpus = limits.cpus()
            calls = []
            for rank, function in enumerate(self.functions):
                cpu = cpus[rank % len(cpus)] if pin else None
                wanted = {name: stage.sync[name] for name in self._wanted[rank] if name in self.sync}
                arguments = (
                    function,
                    self._wanted[rank],
                    rank,
                    wanted,
                    stage.memory,
                    stage.layout,
                    stage.control,
                    stage.start,
                )
                calls.append((_process, (*arguments, self.processes), f"P{rank}", cpu))
            group = workers.start_group(calls, deadline_s=timeout)
            group.wait(hopeless=lambda: stage.hopeless(group))
            return self._outcome(group, stage, kind)

    def _outcome(self, group, stage, kind):
        final = type(self.initial).from_buffer_copy(stage.memory.buffer[: ctypes.sizeof(self.initial)])
        exits = tuple(worker.exit for worker in group.workers)
        why = "; ".join(f"P{rank} {end.words}" for rank, end in enumerate(exits) if not end.ok)
        if not why and self.invariant is not None:
            why = _broken_invariant(self.invariant, final)
        output = tuple(worker.output for worker in group.workers)
        return Outcome(layout.values(final), not why, exits, stage.elapsed_s(), why, output, kind)


class _Line(ctypes.Structure):
    """One process's place at the start line, on a cache line of its own. Times are CLOCK_MONOTONIC."""

    __slots__ = ()
    _fields_ = (
        ("ready", ctypes.c_int64),
        ("running", ctypes.c_int64),
        ("began_ns", ctypes.c_int64),
        ("ended_ns", ctypes.c_int64),
        ("unused", ctypes.c_int64 * 4),
    )


class _Stage:
    """The kernel objects of one run: made before the processes start, destroyed after they ended."""

    def __init__(self, program, kind):
        self._kind = kind
        self._made = []
        self.layout = type(program.initial)
        self.sync = {}
        try:
            self._build(program)
        except BaseException:
            self.close()
            raise

    def _build(self, program):
        self.memory = self._segment(ctypes.sizeof(self.layout))
        self.memory.buffer[: ctypes.sizeof(self.layout)] = layout.buffer(program.initial)
        # The start line and the mutexes stand beside the learner's memory, not in it.
        self._free = program.processes * ctypes.sizeof(_Line)
        everybody = primitives.Barrier(program.processes)
        self.control = self._segment(self._free + sum(map(_slot_bytes, [everybody, *_flat(program.sync)])))
        self._lines = self.control.view(_Line * program.processes)
        self.start = self._make(everybody)
        # Conditions last: each needs its mutex.
        for name, declared in sorted(program.sync.items(), key=lambda item: _is_condition(item[1])):
            if isinstance(declared, list):
                self.sync[name] = [self._make(one) for one in declared]
            else:
                self.sync[name] = self._make(declared)

    def _segment(self, size_bytes):
        segment = ipc.Segment.create(max(1, size_bytes), ipc=self._kind)
        self._made.append(segment)
        return segment

    def _make(self, declared):
        if isinstance(declared, primitives.Semaphore):
            made = ipc.Semaphore.create(declared.initial, ipc=self._kind)
        else:
            offset, self._free = self._free, self._free + _slot_bytes(declared)
            if isinstance(declared, primitives.Mutex):
                made = ipc.Mutex.create(self.control, offset)
            elif isinstance(declared, primitives.Condition):
                made = ipc.Condition.create(self.sync[declared.mutex], self.control, offset)
            else:
                made = ipc.Barrier.create(declared.parties, self.control, offset)
        self._made.append(made)
        return made

    def hopeless(self, group):
        """Whether a process ended before it reached the start line, where the others wait for it."""
        ended = (line for line, worker in zip(self._lines, group.workers, strict=True) if worker.exit is not None)
        return any(not line.ready for line in ended)

    def elapsed_s(self):
        """Seconds from the first start to the last end; to now for processes that never ended by themselves."""
        now = time.monotonic_ns()
        began = [line.began_ns for line in self._lines if line.began_ns]
        ended = [line.ended_ns or now for line in self._lines]
        return (max(ended) - min(began)) / 1e9 if began else 0.0

    def close(self):
        self._lines = None
        for made in reversed(self._made):
            made.close()
            if isinstance(made, ipc.Segment | ipc.Semaphore):
                made.destroy()
        self._made = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def _process(function, wanted, rank, sync, memory, layout_type, control, start, processes):
    """What each process of a run does: attach, wait at the start line, call the learner's function."""
    shm = memory.view(layout_type)
    lines = control.view(_Line * processes)
    known = {"shm": shm, "rank": rank, **sync}
    for name, made in sync.items():
        _call_by_name(made, name)
    arguments = {name: known[name] for name in wanted}
    lines[rank].ready = 1
    # Everybody starts on a processor of their own, as far as these go round, and may leave it as
    # soon as all are running; the spinning lets them leave within a microsecond of each other.
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(allowed)[rank % len(allowed)]})
    start.wait()
    lines[rank].running = 1
    while not all(line.running for line in lines):
        os.sched_yield()
    os.sched_setaffinity(0, allowed)
    lines[rank].began_ns = time.monotonic_ns()
    try:
        function(**arguments)
    finally:
        lines[rank].ended_ns = time.monotonic_ns()


def _call_by_name(made, name):
    """Let a kernel object's errors name it as the learner does: mutex 'lock', semaphore 'turn[1]'."""
    if isinstance(made, list):
        for index, one in enumerate(made):
            _call_by_name(one, f"{name}[{index}]")
    else:
        kind = "semaphore" if isinstance(made, ipc.Semaphore) else type(made).__name__.lower()
        made.what = f"{kind} {name!r}"


def _broken_invariant(invariant, final):
    """Why the invariant does not hold for the final memory, or an empty string when it does."""
    try:
        return "" if invariant(final) else "the invariant does not hold"
    except AssertionError as error:
        return f"the invariant does not hold: {error}"
    except Exception as error:
        raise type(error)(f"the invariant itself failed on {in_words(layout.values(final))}: {error}") from error


def _one_for_each(functions, processes):
    if callable(functions):
        if processes is None:
            raise TypeError(
                "processes is missing: say in how many processes the function runs, for instance processes=2"
            )
        if isinstance(processes, bool) or not isinstance(processes, int):
            raise TypeError(f"processes is {processes!r}: give a whole number")
        if not 1 <= processes <= MOST_PROCESSES:
            raise ValueError(f"processes is {processes}: give 1 to {MOST_PROCESSES}")
        return [functions] * processes
    functions = list(functions)
    for function in functions:
        if not callable(function):
            raise TypeError(f"{function!r} is no function: give a function, or a list with one for each process")
    if not functions:
        raise ValueError("the list of functions is empty: give one for each process")
    if processes not in (None, len(functions)):
        raise ValueError(
            f"processes is {processes}, but the list has {len(functions)} functions: leave one of them out"
        )
    return functions


MOST_PROCESSES = 64


def _parameters(function, known):
    """The names a function takes. Raises TypeError for one that names nothing."""
    wanted = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
            raise TypeError(
                f"{function.__name__}: parameter {parameter} cannot be filled; name what the function takes"
            )
        if parameter.name in known:
            wanted.append(parameter.name)
        elif parameter.default is parameter.empty:
            close = difflib.get_close_matches(parameter.name, known, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise TypeError(
                f"{function.__name__}: parameter {parameter.name!r} names nothing; there is {', '.join(known)}{hint}"
            )
    return wanted


def _flat(sync):
    return [one for declared in sync.values() for one in (declared if isinstance(declared, list) else [declared])]


def _is_condition(declared):
    return isinstance(declared[0] if isinstance(declared, list) and declared else declared, primitives.Condition)


def _slot_bytes(declared):
    sizes = {primitives.Mutex: SLOT_BYTES, primitives.Condition: SLOT_BYTES, primitives.Barrier: BARRIER_BYTES}
    return sizes.get(type(declared), 0)


def _check_sync(sync):
    for name in sync:
        if not isinstance(name, str) or not name.isidentifier() or name in ("shm", "rank"):
            raise ValueError(f"sync {name!r}: choose another Python name; shm and rank are taken")
    for declared in _flat(sync):
        if not isinstance(declared, primitives.DECLARATIONS):
            raise TypeError(f"sync holds {declared!r}: declare Semaphore(1), Mutex(), Condition('mutex') or Barrier(2)")
        if isinstance(declared, primitives.Condition) and not isinstance(sync.get(declared.mutex), primitives.Mutex):
            raise ValueError(f"{declared} needs a Mutex() declared under the name {declared.mutex!r}")
