"""The counter race: processes that add to one counter, which one of several protections guards, or none.

It is the first experiment of the course, and the one behind its race panel.
"""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from shmlab.base.plurals import counted
from shmlab.base.progress import progress_bar
from shmlab.base.table import Table, Tabled
from shmlab.primitives import Mutex, Semaphore, fetch_add, native_atomics, need_native
from shmlab.program import Program

if TYPE_CHECKING:
    from shmlab.runs.outcome import Outcome

OFF, POSIX_SEMAPHORE, SYSV_SEMAPHORE, MUTEX, ATOMIC = (
    "off",
    "POSIX semaphore",
    "System V semaphore",
    "mutex",
    "atomic",
)
PROTECTIONS = (OFF, POSIX_SEMAPHORE, SYSV_SEMAPHORE, MUTEX, ATOMIC)


@dataclasses.dataclass(frozen=True)
class Row:
    """All runs under one protection: the counter's final values, and the seconds that each run took."""

    protection: str
    finals: tuple[int, ...]
    elapsed_s: tuple[float, ...]


@dataclasses.dataclass(frozen=True, repr=False)
class Race(Tabled):
    """The result of a race: one Row for each protection. `expected`: the counter when no update is lost.

    >>> Race(2, 10, (Row("off", (20, 17), (0.01, 0.02)),)).expected
    20
    """

    processes: int
    increments: int
    rows: tuple[Row, ...]

    @property
    def expected(self) -> int:
        """The counter after all increments when no update is lost."""
        return self.processes * self.increments

    def table(self) -> Table:
        """Return a Table with one row for each protection."""
        processes = counted(self.processes, "process", "processes")
        caption = f"{processes} × {self.increments:,} increments: {self.expected:,} expected"
        headings = ("protection", "runs", "lost updates in", "lowest", "median", "highest", "ms a run")
        return Table(caption, headings, tuple(self._cells(row) for row in self.rows))

    def _cells(self, row: Row) -> tuple[str, ...]:
        lossy = sum(final != self.expected for final in row.finals)
        middle = statistics.median_low(row.finals)
        numbers = (f"{number:,}" for number in (min(row.finals), middle, max(row.finals)))
        return (
            row.protection,
            str(len(row.finals)),
            str(lossy),
            *numbers,
            f"{statistics.median(row.elapsed_s) * 1e3:.3g}",
        )


def available() -> tuple[str, ...]:
    """Return the protections that this installation has: all of them, or all but "atomic" without the C extension."""
    return tuple(name for name in PROTECTIONS if name != ATOMIC or native_atomics())


def program(protection: str, *, processes: int = 2, increments: int = 1000) -> Program:
    """Return the Program in which each process adds 1 to a counter `increments` times, under a protection.

    `protection`: one of PROTECTIONS. Raises ValueError for another one, NotImplementedError for "atomic" without the
    C extension.
    """
    if protection not in PROTECTIONS:
        raise ValueError(f"protection is {protection!r}: choose from {', '.join(PROTECTIONS)}")
    if protection == ATOMIC:
        need_native()
    if isinstance(increments, bool) or not isinstance(increments, int) or increments < 1:
        raise ValueError(f"increments is {increments!r}: give a whole number from 1 up")
    expected = processes * increments

    def unprotected(shm: Any) -> None:
        for _ in range(increments):
            shm.counter += 1

    def locked(shm: Any, lock: Any) -> None:
        for _ in range(increments):
            with lock:
                shm.counter += 1

    def atomic(shm: Any) -> None:
        for _ in range(increments):
            fetch_add(shm, "counter", 1)

    functions: dict[str, Any] = {OFF: unprotected, ATOMIC: atomic}
    locks: dict[str, Semaphore | Mutex] = {POSIX_SEMAPHORE: Semaphore(1), SYSV_SEMAPHORE: Semaphore(1), MUTEX: Mutex()}
    return Program(
        functions.get(protection, locked),
        processes=processes,
        shared={"counter": 0},
        sync={"lock": locks[protection]} if protection in locks else {},
        invariant=lambda shm: shm.counter == expected,
    )


def run(
    protections: str | Sequence[str] = (OFF, POSIX_SEMAPHORE),
    *,
    processes: int = 2,
    increments: int = 1000,
    times: int = 20,
    pin: bool = False,
    progress: bool = True,
) -> Race:
    """Run the race `times` times under each protection; return a Race.

    `pin`, `progress`: as of Program.run. Raises RuntimeError when a process did not finish, and what `program` raises.
    """
    if isinstance(times, bool) or not isinstance(times, int) or times < 1:
        raise ValueError(f"times is {times!r}: give a whole number from 1 up")
    if isinstance(protections, str):
        protections = (protections,)
    rows = []
    with progress_bar("race", "run", total=times * len(protections), shown=progress) as bar:
        for protection in protections:
            raced = program(protection, processes=processes, increments=increments)
            outcomes = []
            for _ in range(times):
                outcomes.append(_finished(raced.run(ipc="sysv" if protection == SYSV_SEMAPHORE else "posix", pin=pin)))
                bar.update()
            finals = tuple(outcome.values["counter"] for outcome in outcomes)
            rows.append(Row(protection, finals, tuple(outcome.elapsed_s for outcome in outcomes)))
    return Race(processes, increments, tuple(rows))


def _finished(outcome: Outcome) -> Outcome:
    if not all(end.ok for end in outcome.exits):
        raise RuntimeError(f"a process of the race did not finish: {outcome.why}")
    return outcome
