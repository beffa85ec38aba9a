"""Program: a learner's functions, the memory they share, and what must hold.

A Program is written once, and each method does something else with it. `run` uses real processes, a real segment
and real semaphores. `check` covers every interleaving of a model of it, and `count` says how many of them fail.
"""

from __future__ import annotations

import collections
import ctypes
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

from shmlab import layout, program_arguments
from shmlab.base.interrupts import undisturbed
from shmlab.base.progress import progress_bar
from shmlab.explorer import alone, check, count, states
from shmlab.explorer.execution import uncalled
from shmlab.explorer.model import linearization
from shmlab.explorer.question import MOST_STATES, Question, Terms
from shmlab.explorer.search import overtaking
from shmlab.ipc import Segment, limits
from shmlab.processes import workers
from shmlab.runs import killed, luck, replay, stuck
from shmlab.runs.outcome import Outcome, Outcomes, broken_invariant, content_in_words
from shmlab.runs.stage import Stage, process

if TYPE_CHECKING:
    from shmlab.explorer.count import Count
    from shmlab.explorer.explain.verdict import Verdict
    from shmlab.explorer.explain.who_waits import LockOrder, WhoWaits
    from shmlab.explorer.explain.witness import Witness
    from shmlab.explorer.states import States
    from shmlab.processes.group import Group
    from shmlab.runs.killed import Kills
    from shmlab.runs.luck import Luck

TIMEOUT_S = 10.0


class Program:
    """Functions for several processes, the memory they share, how they synchronize, and what must hold.

    `functions`: one function and `processes=n`, or a list with one for each process. A function gets what its
    parameters name: `shm` (the shared memory), `rank` (0 to n - 1), and any key of `sync`.
    `shared`: a dict (int -> signed 64-bit, list of int -> array, bytes -> bytes) or an instance of a
    ctypes Structure. `sync`: name -> Semaphore, Mutex, Condition, Barrier, or a list of them.
    `invariant(shm)`: must be true when every process has finished; an invariant with a second parameter `crashed`
    gets the ranks that were killed. `always(shm)`: must be true after every step. `possible`: a dict words ->
    predicate(shm); each must be true in some reachable state. `overtaken`: a dict function's name -> how often a
    process that runs it may be overtaken while it waits (see explorer/search/overtaking). `linearizable`: a plain
    class or an instance, whose methods are the operations that functions mark by `invoke` and `respond`, with all its
    state in `self`; see explorer/model/linearization. Only `check` looks at these four. Raises TypeError or ValueError.

    >>> def increment(shm):
    ...     shm.counter += 1
    >>> program = Program(increment, processes=2, shared={"counter": 0}, invariant=lambda shm: shm.counter == 2)
    >>> program.count().failing
    4
    >>> witness = program.check().witness
    >>> Witness.from_json(witness.to_json()) == witness
    True
    """

    def __init__(
        self,
        functions: Callable[..., object] | Sequence[Callable[..., object]],
        *,
        processes: int | None = None,
        shared: dict[str, Any] | ctypes.Structure,
        sync: dict[str, Any] | None = None,
        invariant: Callable[..., object] | None = None,
        always: Callable[[Any], object] | None = None,
        possible: dict[str, Callable[[Any], object]] | None = None,
        overtaken: dict[str, int] | None = None,
        linearizable: Any = None,
    ) -> None:
        self.functions = program_arguments.one_for_each(functions, processes)
        self.initial = layout.initial(shared)
        self.sync = program_arguments.checked_sync(sync)
        known = ["shm", "rank", *self.sync]
        self._wanted = [program_arguments.parameters(function, known) for function in self.functions]
        self.invariant = program_arguments.checked_predicate("invariant", invariant)
        self.always = program_arguments.checked_predicate("always", always)
        self.possible = program_arguments.checked_possible(possible)
        names = list(map(program_arguments.name_of, self.functions))
        self.overtaken = overtaking.checked(overtaken, names, self.initial)
        self._specification = linearization.checked(linearizable)
        self._verbs_are_called = False  # not looked at yet

    @property
    def processes(self) -> int:
        """The number of processes."""
        return len(self.functions)

    @property
    def title(self) -> str:
        """The program in one line: increment × 2."""
        names = collections.Counter(map(program_arguments.name_of, self.functions))
        return ", ".join(f"{name} × {count}" if count > 1 else name for name, count in names.items())

    def __repr__(self) -> str:
        content = content_in_words(layout.values(self.initial))
        return f"<Program {self.title}; {content}; sync: {', '.join(self.sync) or 'none'}>"

    @overload
    def run(
        self,
        *,
        ipc: str = "posix",
        times: None = None,
        timeout: float | None = TIMEOUT_S,
        pin: bool = False,
        progress: bool = True,
    ) -> Outcome: ...

    @overload
    def run(
        self,
        *,
        ipc: str = "posix",
        times: int,
        timeout: float | None = TIMEOUT_S,
        pin: bool = False,
        progress: bool = True,
    ) -> Outcomes: ...

    def run(
        self,
        *,
        ipc: str = "posix",
        times: int | None = None,
        timeout: float | None = TIMEOUT_S,
        pin: bool = False,
        progress: bool = True,
    ) -> Outcome | Outcomes:
        """Run the program in real processes on a real segment; return an Outcome, or Outcomes with `times`.

        `ipc`: "posix" or "sysv". `times`: how many runs. `timeout`: seconds for one run; then the processes that
        still run are ended. `pin`: give each process a processor of its own, as far as there are enough.
        `progress`: show a bar when it takes longer. An interrupt ends the processes and leaves nothing in the kernel.
        Raises TypeError or ValueError for arguments that cannot be.
        """
        Segment.family(ipc)
        program_arguments.check_timeout(timeout)
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
        self,
        *,
        memory: str = "sc",
        spurious: bool = True,
        crashes: int = 0,
        fairness: str = "strong",
        max_states: int = MOST_STATES,
        seed: int = 0,
        progress: bool = True,
    ) -> Verdict:
        """Go through every interleaving on a model; return a Verdict, with the smallest interleaving that fails.

        `memory`: "sc", "tso" (x86's store buffers) or "pso". `spurious`: whether a condition's wait may end
        without a notification. `crashes`: how many processes may be killed, at any step. `fairness`: which processes
        the scheduler must give a turn, which decides whether processes may loop for ever: "strong", each that can go
        on again and again; "weak", only each that can go on all the time, so that a process that waits for a lock may
        miss it for ever. `max_states`: how many states to visit at most; 1,000 states take about 1 MB. `seed`: for the
        random schedules of a program that has more states.
        Raises TypeError or ValueError for arguments that cannot be.
        """
        return self._explored(check.check, Terms(memory, spurious, crashes, max_states, seed, fairness), progress)

    def count(
        self, *, memory: str = "sc", spurious: bool = True, max_states: int = MOST_STATES, progress: bool = True
    ) -> Count:
        """Count all interleavings and those that fail; return a Count.

        Arguments as of check. Raises MemoryError beyond `max_states`, ValueError for a function that does not do
        the same again after it has seen the same.
        """
        terms = Terms(memory, spurious, max_states=max_states)
        return self._explored(count.count, terms, progress)

    def states(
        self, *, memory: str = "sc", spurious: bool = True, max_states: int = states.MOST, progress: bool = True
    ) -> States:
        """Return States: every state that the program can reach, and the steps between; `plot` draws up to 300.

        `memory`, `spurious`: see check. Raises MemoryError beyond `max_states`.
        """
        return self._explored(states.states, Terms(memory, spurious, max_states=max_states), progress)

    def lock_order(self) -> LockOrder:
        """Return a LockOrder: in which order each process asks for locks when it runs alone, on the model."""
        return alone.lock_order(self.question())

    def stuck(self, *, timeout: float | None = stuck.PATIENCE_S) -> WhoWaits:
        """Run it in real processes until none goes on, and ask the system which waits for which; return a WhoWaits.

        Raises TimeoutError when a process still goes on after `timeout` seconds. runs/stuck says what may be hidden.
        """
        program_arguments.check_timeout(timeout)
        return stuck.stuck(self, timeout)

    def replay(self, witness: Witness, *, ipc: str = "posix", timeout: float | None = TIMEOUT_S) -> Outcome:
        """Force a witness's schedule, step by step, on real processes and a real segment; return an Outcome.

        Which process does the next step is forced, and so is all waiting; what it does to memory, semaphores and
        mutexes is real. `timeout`: seconds for all steps together. Raises RuntimeError, naming the step, when the
        schedule does not fit this program; ValueError for a witness under TSO or PSO; TimeoutError.
        """
        Segment.family(ipc)
        program_arguments.check_timeout(timeout)
        return replay.replay(self, witness, ipc, timeout)

    def kill_at_each_step(self, rank: int = 0, *, ipc: str = "posix", timeout: float | None = TIMEOUT_S) -> Kills:
        """Run it in real processes, once for each step of process `rank`: kill that one before the step (kill -9), let
        the others go on, one after the other; return the Kills. `timeout`: seconds for one run.

        Raises what `replay` raises, IndexError for a rank that is none, RuntimeError for a program without an end.
        """
        Segment.family(ipc)
        program_arguments.check_timeout(timeout)
        return killed.kill_at_each_step(self, range(self.processes)[rank], ipc, timeout)

    def luck(
        self, times: int = 200, *, ipc: str = "posix", timeout: float | None = TIMEOUT_S, progress: bool = True
    ) -> Luck:
        """Return a Luck: how many of `times` real runs fail, beside the share of all interleavings that fail.

        Raises what `run` and `count` raise.
        """
        return luck.luck(self, times, ipc=ipc, timeout=timeout, progress=progress)

    def _explored(self, what: Callable[..., Any], terms: Terms, progress: bool) -> Any:
        with progress_bar(self.title, " states", shown=progress) as bar:
            return what(self.question(), terms, lambda states: bar.update(states - bar.n))

    def question(self) -> Question:
        """Return this program as the explorer takes it, a Question."""
        return Question(
            functions=tuple(self.functions),
            wanted=tuple(self._wanted),
            initial=self.initial,
            sync=self.sync,
            title=self.title,
            invariant=self.invariant,
            always=overtaking.with_bounds(self.always, self.overtaken),
            possible=self.possible,
            watched=overtaking.watched(self.overtaken),
            specification=self._specification,
        )

    def _check_verbs(self) -> None:
        """Raise TypeError for a verb that is named and not called. Looked at once, before the first run: a check
        finds it by itself."""
        if not self._verbs_are_called:
            uncalled.refuse(*dict.fromkeys(self.functions))
            self._verbs_are_called = True

    def _run_once(self, kind: str, timeout: float | None, pin: bool) -> Outcome:
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

    def calls(self, stage: Stage, *, pin: bool = False) -> Iterator[tuple[Any, ...]]:
        """Yield what each worker shall do, as start_group takes it."""
        cpus = limits.cpus()
        for rank, function in enumerate(self.functions):
            cpu = cpus[rank % len(cpus)] if pin else None
            wanted = {name: stage.sync[name] for name in self._wanted[rank] if name in self.sync}
            objects = stage.memory, stage.layout, stage.control, stage.start
            yield process, (function, self._wanted[rank], rank, wanted, *objects, self.processes), f"P{rank}", cpu

    def _outcome(self, group: Group, stage: Stage, kind: str) -> Outcome:
        final = type(self.initial).from_buffer_copy(stage.memory.buffer[: ctypes.sizeof(self.initial)])
        exits = tuple(worker.exit for worker in group.workers)
        why = "; ".join(f"P{rank} {end.words}" for rank, end in enumerate(exits) if not end.ok)
        if not why and self.invariant is not None:
            why = broken_invariant(self.invariant, final)
        output = tuple(worker.output for worker in group.workers)
        return Outcome(layout.values(final), not why, exits, stage.elapsed_s(), why, output, kind)
