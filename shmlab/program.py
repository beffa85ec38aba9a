"""Program: a learner's functions, the memory they share, and what must hold.

Written once, a Program goes through everything this package does. `run` is the real thing: real
processes, a real segment, real semaphores. `check` covers every interleaving of a model of it, `count`
says how many fail.
"""

import collections
import collections.abc
import ctypes
import difflib
import functools
import inspect

from shmlab import layout, primitives
from shmlab.base.interrupts import undisturbed
from shmlab.base.progress import progress_bar
from shmlab.explorer import alone, check, count, states
from shmlab.explorer.execution import uncalled
from shmlab.explorer.question import MOST_STATES, Question, Terms
from shmlab.explorer.search import overtaking
from shmlab.explorer.search.requirements import checked_possible, checked_predicate, holds, takes_crashed
from shmlab.ipc import Segment, limits
from shmlab.processes import workers
from shmlab.runs import luck, replay, stuck
from shmlab.runs.outcome import Outcome, Outcomes, in_words
from shmlab.runs.stage import Stage, flat, process

TIMEOUT_S = 10.0
MOST_PROCESSES = 64


class Program:
    """Functions for several processes, the memory they share, how they synchronize, what must hold.

    `functions`: one function and `processes=n`, or a list with one for each process. A function
    takes what it names: `shm` (the shared memory), `rank` (0 … n - 1), and any key of `sync`.
    `shared`: a dict (int -> signed 64-bit, list of int -> array, bytes -> bytes) or an instance of a
    ctypes Structure. `sync`: name -> Semaphore, Mutex, Condition, Barrier, or a list of them.
    `invariant(shm)`: must be true when every process has finished; one that takes `crashed` too is told the
    ranks that were killed. `always(shm)`: must be true after every step. `possible`: words -> predicate(shm),
    each must be true in some reachable state. `overtaken`: a function's name -> how often whoever runs it may be
    overtaken while it waits (see explorer/search/overtaking). These three are asked by `check` only.
    Raises TypeError or ValueError, naming what does not fit.
    """

    def __init__(self, functions, *, processes=None, shared, sync=None, invariant=None, always=None, possible=None,
                 overtaken=None):  # fmt: skip
        self.functions = _one_for_each(functions, processes)
        self.initial = layout.initial(shared)
        self.sync = _checked_sync(sync)
        known = ["shm", "rank", *self.sync]
        self._wanted = [_parameters(function, known) for function in self.functions]
        self.invariant = checked_predicate("invariant", invariant)
        self.always = checked_predicate("always", always)
        self.possible = checked_possible(possible)
        self.overtaken = overtaking.checked(overtaken, list(map(_name, self.functions)), self.initial)
        self._verbs_are_called = False  # as far as anybody has looked

    @property
    def processes(self):
        """How many there are."""
        return len(self.functions)

    @property
    def title(self):
        """The program in one line: increment × 2."""
        names = collections.Counter(map(_name, self.functions))
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
        Segment.family(ipc)
        _check_timeout(timeout)
        self._check_verbs()
        if times is None:
            return self._run_once(ipc, timeout, pin)
        if isinstance(times, bool) or not isinstance(times, int) or times < 1:
            raise ValueError(f"times is {times!r}: give a whole number from 1 up")
        outcomes = []
        with progress_bar(self.title, "run", total=times, shown=progress) as bar:
            for _ in range(times):
                outcomes.append(self._run_once(ipc, timeout, pin))
                bar.update()
        return Outcomes(outcomes, self.title)

    def check(
        self, *, memory="sc", spurious=True, crashes=0, fairness="strong", max_states=MOST_STATES, seed=0, progress=True
    ):
        """Go through every interleaving on a model; returns a Verdict, with the smallest one that fails.

        `memory`: "sc", "tso" (x86's store buffers) or "pso". `spurious`: whether a condition's wait may end
        for nothing. `crashes`: how many processes may be killed, at any step. `fairness`: what a scheduler owes
        when the question is whether processes go round for ever: "strong", a turn to who can go on again and again,
        or "weak", only to who can go on all the time, so that one who waits for a lock may miss it for ever.
        `max_states`: where to give up; 1,000 states take about 1 MB. `seed`: for the random schedules of a
        program that is too big to cover.
        """
        return self._explored(check.check, Terms(memory, spurious, crashes, max_states, seed, fairness), progress)

    def count(self, *, memory="sc", spurious=True, max_states=MOST_STATES, progress=True):
        """Count all interleavings and those that fail; returns a Count. Raises MemoryError beyond `max_states`."""
        terms = Terms(memory, spurious, max_states=max_states)
        return self._explored(count.count, terms, progress)

    def states(self, *, memory="sc", spurious=True, max_states=states.MOST, progress=True):
        """Every state it can come to, and the steps between; returns States, of which `plot` draws up to 300.

        `memory`, `spurious`: see check. Raises MemoryError beyond `max_states`.
        """
        return self._explored(states.states, Terms(memory, spurious, max_states=max_states), progress)

    def lock_order(self):
        """In which order each process asks for locks when it runs alone, on the model; returns a LockOrder."""
        return alone.lock_order(self.question())

    def stuck(self, *, timeout=stuck.PATIENCE_S):
        """Run it in real processes until nobody goes on, and ask the system who waits for whom; returns a WhoWaits.

        Raises TimeoutError when somebody still goes on after `timeout` seconds. See runs/stuck for what may be hidden.
        """
        _check_timeout(timeout)
        return stuck.stuck(self, timeout)

    def replay(self, witness, *, ipc="posix", timeout=TIMEOUT_S):
        """Force a witness's schedule, step by step, on real processes and a real segment; returns an Outcome.

        Which process moves is forced, and all waiting; what it does to memory, semaphores and mutexes is real.
        `timeout`: seconds for the whole of it. Raises RuntimeError, naming the step, when the schedule does not
        fit this program; ValueError for a witness under TSO or PSO; TimeoutError.
        """
        Segment.family(ipc)
        _check_timeout(timeout)
        return replay.replay(self, witness, ipc, timeout)

    def luck(self, times=200, *, ipc="posix", timeout=TIMEOUT_S, progress=True):
        """How often `times` real runs fail beside the share of interleavings that do; returns a Luck.

        Raises what `run` and `count` raise.
        """
        return luck.luck(self, times, ipc=ipc, timeout=timeout, progress=progress)

    def _explored(self, what, terms, progress):
        with progress_bar(self.title, " states", shown=progress) as bar:
            return what(self.question(), terms, lambda states: bar.update(states - bar.n))

    def question(self):
        """This program as the explorer takes it."""
        return Question(
            functions=tuple(self.functions),
            wanted=tuple(self._wanted),
            initial=self.initial,
            sync=self.sync,
            title=self.title,
            invariant=self.invariant,
            always=overtaking.with_bounds(self.always, self.overtaken),
            possible=self.possible,
            told=overtaking.told(self.overtaken),
        )

    def _check_verbs(self):
        """Raise TypeError for a verb that is named and not called, once for this program; a check sees it by itself."""
        if not self._verbs_are_called:
            uncalled.refuse(*dict.fromkeys(self.functions))
            self._verbs_are_called = True

    def _run_once(self, kind, timeout, pin):
        stage = group = None
        try:
            with undisturbed():
                stage = Stage(self, kind)
                group = workers.start_group(self.calls(stage, pin=pin), deadline_s=timeout)
            group.wait(hopeless=lambda: stage.hopeless(group))
            return self._outcome(group, stage, kind)
        finally:
            with undisturbed():
                if group is not None:
                    group.kill(why="by an interrupt")
                if stage is not None:
                    stage.close()

    def calls(self, stage, *, pin=False):
        """What each worker shall do, as start_group takes it."""
        cpus = limits.cpus()
        for rank, function in enumerate(self.functions):
            cpu = cpus[rank % len(cpus)] if pin else None
            wanted = {name: stage.sync[name] for name in self._wanted[rank] if name in self.sync}
            objects = stage.memory, stage.layout, stage.control, stage.start
            yield process, (function, self._wanted[rank], rank, wanted, *objects, self.processes), f"P{rank}", cpu

    def _outcome(self, group, stage, kind):
        final = type(self.initial).from_buffer_copy(stage.memory.buffer[: ctypes.sizeof(self.initial)])
        exits = tuple(worker.exit for worker in group.workers)
        why = "; ".join(f"P{rank} {end.words}" for rank, end in enumerate(exits) if not end.ok)
        if not why and self.invariant is not None:
            why = _broken_invariant(self.invariant, final)
        output = tuple(worker.output for worker in group.workers)
        return Outcome(layout.values(final), not why, exits, stage.elapsed_s(), why, output, kind)


def _broken_invariant(invariant, final):
    """Why the invariant does not hold for the final memory, or an empty string when it does."""
    crashed = [()] if takes_crashed(invariant) else []  # nobody, as who is killed in a run fails it anyhow
    try:
        return "" if holds("invariant", invariant, final, *crashed) else "the invariant does not hold"
    except AssertionError as error:
        return f"the invariant does not hold: {error}"
    except Exception as error:
        error.add_note(f"the invariant itself failed on {in_words(layout.values(final))}")
        raise


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
    if not isinstance(functions, collections.abc.Iterable):
        raise TypeError(f"{functions!r} is no function: give a function, or a list with one for each process")
    functions = list(functions)
    for function in functions:
        if not callable(function):
            raise TypeError(f"{function!r} is no function: give a function, or a list with one for each process")
    if not functions:
        raise ValueError("the list of functions is empty: give one for each process")
    if len(functions) > MOST_PROCESSES:
        raise ValueError(f"the list has {len(functions)} functions: give 1 to {MOST_PROCESSES}, one for each process")
    if processes not in (None, len(functions)):
        raise ValueError(
            f"processes is {processes}, but the list has {len(functions)} functions: leave one of them out"
        )
    return functions


def _parameters(function, known):
    """The names a function takes. Raises TypeError for one that names nothing."""
    if inspect.isgeneratorfunction(function) or inspect.iscoroutinefunction(function):
        raise TypeError(
            f"{_name(function)} has a yield or is async: called, it would run nothing; make it a plain function"
        )
    wanted = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
            raise TypeError(f"{_name(function)}: parameter {parameter} cannot be filled; name what the function takes")
        if parameter.name in known:
            wanted.append(parameter.name)
        elif parameter.default is parameter.empty:
            close = difflib.get_close_matches(parameter.name, known, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise TypeError(
                f"{_name(function)}: parameter {parameter.name!r} names nothing; there is {', '.join(known)}{hint}"
            )
    return wanted


def _name(function):
    """What to call a function; partial ones and callable objects have no name of their own."""
    if isinstance(function, functools.partial):
        return _name(function.func)
    return getattr(function, "__name__", type(function).__name__)


def _check_timeout(timeout):
    if timeout is None:
        return
    if isinstance(timeout, bool) or not isinstance(timeout, int | float):
        raise TypeError(f"timeout is {timeout!r}: give seconds, or None to wait for ever")
    if not timeout > 0:
        raise ValueError(f"timeout is {timeout!r}: give seconds above 0, or None to wait for ever")


def _checked_sync(sync):
    if not isinstance(sync, dict | None):
        raise TypeError(f"sync is {sync!r}: give names, as in sync={{'lock': Semaphore(1)}}")
    sync = dict(sync or {})
    for name in sync:
        if not isinstance(name, str) or not name.isidentifier() or name in ("shm", "rank"):
            raise ValueError(f"sync {name!r}: choose another Python name; shm and rank are taken")
    for declared in flat(sync):
        if not isinstance(declared, primitives.DECLARATIONS):
            raise TypeError(f"sync holds {declared!r}: declare Semaphore(1), Mutex(), Condition('mutex') or Barrier(2)")
        if isinstance(declared, primitives.Condition) and not isinstance(sync.get(declared.mutex), primitives.Mutex):
            raise ValueError(f"{declared} needs a Mutex() declared under the name {declared.mutex!r}")
    return sync
