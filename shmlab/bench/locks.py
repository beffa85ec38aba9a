"""Measure locks under load: how often processes get into a critical section, by the kind of lock; and what false
sharing costs.

The locks are in C, as a loop of Python's would take longer than what it waits for: `shmlab/native/lock_trial.c`,
compiled when it is needed. Each trial of a lock is checked: the shared counter must be the sum of what each process
counted.
"""

from __future__ import annotations

import dataclasses
import json
import statistics
import tempfile
from collections.abc import Sequence

from shmlab.base import root
from shmlab.base.plurals import counted
from shmlab.base.progress import progress_bar
from shmlab.base.table import Table, Tabled
from shmlab.ipc import limits
from shmlab.observe import c_programs, program_output

LOCKS = ("test-and-set", "test-and-test-and-set", "backoff", "yield", "ticket", "mcs", "mutex")
SPINS, SLEEPS = "test-and-test-and-set", "mutex"
_SOURCE = root.PACKAGE / "native" / "lock_trial.c"
_MILLISECONDS = 40
_RECORD = root.PACKAGE / "bench" / "locks_recorded.json"
_NOT_HERE = "There is no C compiler here: these figures were recorded on x86-64 Linux with two processors."


@dataclasses.dataclass(frozen=True)
class Load:
    """Hold who competes: how many processes, on all processors or on `one_cpu`, with `inside` rounds of work in the
    critical section (a round takes a cycle of the processor, or some)."""

    processes: int = 2
    one_cpu: bool = False
    inside: int = 0

    def __str__(self) -> str:
        place = ", one processor" if self.one_cpu else ""
        work = f", {self.inside:,} rounds inside" if self.inside else ""
        return f"{counted(self.processes, 'process', 'processes')}{place}{work}"


@dataclasses.dataclass(frozen=True)
class Trial:
    """Hold one lock under one load. `came`: for each round of measuring, how often each process got in; `cpu_us`: the
    processor time that all of them used in it."""

    lock: str
    load: Load
    came: tuple[tuple[int, ...], ...]
    cpu_us: tuple[int, ...]

    @property
    def per_second(self) -> float:
        """Acquisitions a second of all processes together: the median over the rounds."""
        return statistics.median(sum(each) for each in self.came) / (_MILLISECONDS / 1000)

    @property
    def cpu_ns(self) -> float:
        """Processor time for each time in, of all processes together: the median over the rounds."""
        return statistics.median(
            1000 * used / max(sum(each), 1) for each, used in zip(self.came, self.cpu_us, strict=True)
        )

    @property
    def smallest_share(self) -> float:
        """The share of the process that came in least often, in % of an equal share: the median over the rounds."""
        return statistics.median(100 * min(each) * len(each) / max(sum(each), 1) for each in self.came)


@dataclasses.dataclass(frozen=True, repr=False)
class LockTrials(Tabled):
    """Hold all trials. `recorded`: where they come from when they were not made here."""

    trials: tuple[Trial, ...]
    recorded: str = ""

    def table(self) -> Table:
        """Return a Table with a row for each lock and load: acquisitions a second, the smallest share, processor time
        for each.
        """
        rows = [
            (
                trial.lock,
                str(trial.load),
                _millions(trial.per_second),
                " to ".join(_millions(figure(map(sum, trial.came)) / (_MILLISECONDS / 1000)) for figure in (min, max)),
                f"{trial.smallest_share:.0f} %",
                f"{trial.cpu_ns:,.{0 if trial.cpu_ns >= 100 else 1}f}",
            )
            for trial in self.trials
        ]
        headings = (
            "lock",
            "who competes",
            "million a second",
            "lowest to highest",
            "smallest share",
            "ns of processor time each",
        )
        return Table("How often processes get in", headings, tuple(rows), self.recorded)


def compare_locks(
    locks: Sequence[str] = LOCKS,
    loads: Sequence[Load] = (Load(1), Load(2), Load(4)),
    *,
    rounds: int = 3,
    progress: bool = True,
) -> LockTrials:
    """Let processes compete for each lock under each load, `rounds` times in turn; return LockTrials.

    Raises ValueError for a lock that is none of LOCKS; RuntimeError where a lock let two in at once. Without a C
    compiler, return what was recorded; the result says so.
    """
    for lock in locks:
        if lock not in LOCKS:
            raise ValueError(f"lock is {lock!r}: choose from {', '.join(LOCKS)}")
    if c_programs.compiler() is None:
        return _recorded(locks, loads)
    pairs = [(lock, load) for lock in locks for load in loads]
    counted = {pair: [] for pair in pairs}
    with (
        tempfile.TemporaryDirectory() as folder,
        progress_bar("locks", "trial", total=rounds * len(pairs), shown=progress) as bar,
    ):
        program = c_programs.compiled(_SOURCE.read_text(), folder)
        for _ in range(rounds):
            for lock, load in pairs:
                counted[lock, load].append(_counts(program, lock, load.processes, int(load.one_cpu), load.inside))
                bar.update()
    return LockTrials(tuple(Trial(lock, load, *zip(*counted[lock, load], strict=True)) for lock, load in pairs))


@dataclasses.dataclass(frozen=True, repr=False)
class FalseSharing(Tabled):
    """Hold what two processes, each with a counter of its own, added. `totals`: {bytes apart: additions of both
    together, by round}.
    """

    totals: dict[int, tuple[int, ...]]
    recorded: str = ""

    @property
    def per_second(self) -> dict[int, list[float]]:
        """{bytes apart: additions a second of both together, by round}."""
        return {
            distance: [total / (_MILLISECONDS / 1000) for total in totals] for distance, totals in self.totals.items()
        }

    @property
    def ratio(self) -> float:
        """How many times as many additions the widest distance gives as the narrowest, by the medians."""
        narrow, wide = min(self.totals), max(self.totals)
        return statistics.median(self.totals[wide]) / statistics.median(self.totals[narrow])

    def table(self) -> Table:
        """Return a Table with a row for each distance, with million additions a second."""
        rows = [
            (f"{distance} bytes", *map(_millions, (statistics.median(rates), min(rates), max(rates))))
            for distance, rates in self.per_second.items()
        ]
        headings = ("the counters are apart", "million additions a second", "lowest", "highest")
        return Table("Two processes, each adds to a counter of its own", headings, tuple(rows), self.recorded)


def false_sharing(distances: Sequence[int] = (8, 128), *, rounds: int = 5) -> FalseSharing:
    """Let two processes add to two counters that lie `distances` bytes apart; return a FalseSharing.

    Raises ValueError for a distance that is no multiple of 8 from 8 to 128.
    """
    for distance in distances:
        if distance not in range(8, 129, 8):
            raise ValueError(f"distance is {distance!r}: give a multiple of 8 from 8 to 128 bytes")
    if c_programs.compiler() is None:
        return FalseSharing(
            {distance: tuple(_recorded_figures("apart", distance)) for distance in distances}, _NOT_HERE
        )
    totals = {distance: [] for distance in distances}
    with tempfile.TemporaryDirectory() as folder:
        program = c_programs.compiled(_SOURCE.read_text(), folder)
        for _ in range(rounds):
            for distance in distances:
                totals[distance].append(sum(_counts(program, "apart", distance)[0]))
    return FalseSharing({distance: tuple(found) for distance, found in totals.items()})


def spin_or_sleep(
    insides: Sequence[int] = (0, 300, 3_000, 30_000, 300_000), *, processes: int = 2, rounds: int = 3
) -> LockTrials:
    """Compare a lock that spins with one that sleeps, by how long the critical section is; return LockTrials.

    `insides`: rounds of work in the critical section. What counts here is the processor time for each time in.
    """
    loads = tuple(Load(processes, inside=inside) for inside in insides)
    return compare_locks((SPINS, SLEEPS), loads, rounds=rounds)


def processors() -> int:
    """Return the number of processors that this process may use."""
    return len(limits.cpus())


def _recorded(locks, loads):
    """Return LockTrials from the record. Raises NotImplementedError for a load that was not recorded."""
    trials = (Trial(lock, load, *_recorded_figures(lock, load)) for lock in locks for load in loads)
    return LockTrials(tuple(trials), _NOT_HERE)


def _recorded_figures(measured, under):
    """Return what the record has for a lock and its load, or for counters so far apart."""
    record = json.loads(_RECORD.read_text())
    found = record.get(f"{measured}: {under}")
    if found is None:
        raise NotImplementedError(
            f"{measured}, {under}: there is no C compiler here, and no record. Install gcc or clang"
        )
    return found


def record(loads, distances):
    """Return the text of the record: the figures of all locks under these loads, measured here and now."""
    trials = compare_locks(loads=loads).trials
    figures = {f"{trial.lock}: {trial.load}": (trial.came, trial.cpu_us) for trial in trials}
    figures |= {f"apart: {distance}": totals for distance, totals in false_sharing(distances).totals.items()}
    lines = (f"  {json.dumps(name)}: {json.dumps(came)}" for name, came in figures.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _counts(program, *words):
    """Run the program once; return how often each process came in, and the processor time in microseconds. Raises
    RuntimeError where the sum is not right."""
    ended = program_output.done([program, *map(str, words), str(_MILLISECONDS)])
    if ended.returncode:
        raise RuntimeError(f"lock_trial {program_output.how(ended.returncode)}: {ended.stderr.strip()}")
    each, total, cpu_us = ended.stdout.splitlines()
    counts = tuple(map(int, each.split()))
    if sum(counts) != int(total):
        raise RuntimeError(f"{words[0]} let two processes in at once: the counter is {total}, and not {sum(counts)}")
    return counts, int(cpu_us)


def _millions(per_second):
    return f"{per_second / 1e6:.3g}"
