"""Measure how late a process wakes up for its ticks: alone, beside busy processes, and with a real-time priority.

All of them share one processor, so that the scheduler has to choose. SCHED_FIFO is seldom allowed to an ordinary user;
there is a record of a run. Sources: sched(7), sched_setscheduler(2).
"""

from __future__ import annotations

import dataclasses
import os
import signal
import statistics
import time

from shmlab.base.table import Table, Tabled
from shmlab.ipc import limits
from shmlab.processes.kinship import die_with_parent
from shmlab.processes.workers import start

ALONE, BUSY, REAL_TIME = "alone", "beside 2 busy processes", "beside them, SCHED_FIFO"
_RECORDED_US = (
    42, 25, 16, 16, 17, 15, 13, 20, 13, 15, 12, 11, 10, 13, 14, 30, 38, 28, 16, 11, 11, 11, 13, 13, 12, 12, 11,
    18, 27, 14, 12, 11, 11, 15, 13, 11, 11, 26, 14, 13, 12, 14, 13, 13, 11, 11, 11, 13, 12, 25, 31, 14, 37, 19,
    16, 15, 14, 13, 12, 27, 16, 11, 11, 17, 18, 28, 17, 15, 37, 32, 19, 13, 26, 17, 13, 13, 27, 20, 14, 14,
)  # fmt: skip
_WHERE = "its row was recorded as root on x86-64 Linux 6.18, in November 2026"


@dataclasses.dataclass(frozen=True, repr=False)
class Ticking(Tabled):
    """Hold how late each tick was. `late_us`: {how: microseconds, tick by tick}. `note`: what was recorded, and why."""

    late_us: dict[str, tuple[float, ...]]
    note: str = ""

    def table(self) -> Table:
        """Return a Table with a row for each way: the median and the largest lateness."""
        rows = [
            (how, str(len(late)), f"{statistics.median(late):,.0f}", f"{max(late):,.0f}")
            for how, late in self.late_us.items()
        ]
        headings = ("the process runs", "ticks", "median lateness, µs", "largest, µs")
        return Table("How late a process wakes up", headings, tuple(rows), self.note)


def ticking(ticks: int = 80, period_ms: float = 5) -> Ticking:
    """Let a fresh process sleep until each of its ticks is due, in three surroundings; return a Ticking.

    Where SCHED_FIFO is refused, the last of them is from a record; the note says so. Raises ValueError for less than
    one tick, or a period that is not above 0.
    """
    if ticks < 1 or not period_ms > 0:
        raise ValueError(f"ticks is {ticks}, period_ms is {period_ms}: give 1 or more, and milliseconds above 0")
    cpu = max(limits.cpus())
    late_us, note = {}, ""
    for how, found in start(_everywhere, ticks, int(period_ms * 1e6), cpu=cpu).result().items():
        if isinstance(found, str):
            note, found = f"SCHED_FIFO is refused here ({found}): {_WHERE}", _RECORDED_US
        late_us[how] = tuple(found)
    return Ticking(late_us, note)


def _everywhere(ticks: int, period_ns: int) -> dict[str, list[float] | str]:
    """Run in a fresh process: return what _late_us returns, for each of the surroundings."""
    surroundings = ((ALONE, 0, False), (BUSY, 2, False), (REAL_TIME, 2, True))
    return {how: _late_us(ticks, period_ns, busy, real_time) for how, busy, real_time in surroundings}


def _late_us(ticks: int, period_ns: int, busy: int, real_time: bool) -> list[float] | str:
    """Return the lateness of each tick, or why SCHED_FIFO is refused."""
    others = [_busy_process() for _ in range(busy)]
    try:
        if real_time:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        return _measured(ticks, period_ns)
    except OSError as error:
        return str(error.strerror)
    finally:
        for other in others:
            os.kill(other, signal.SIGKILL)
            os.waitpid(other, 0)


def _measured(ticks: int, period_ns: int) -> list[float]:
    began, late = time.monotonic_ns(), []
    for tick in range(1, ticks + 1):
        due = began + tick * period_ns
        while (left := due - time.monotonic_ns()) > 0:
            time.sleep(left / 1e9)
        late.append((time.monotonic_ns() - due) / 1000)
    return late


def _busy_process() -> int:
    """Fork a process that computes until it is killed, or its parent ends; return its process id."""
    child = os.fork()
    if child == 0:
        die_with_parent()
        while True:
            pass
    return child
