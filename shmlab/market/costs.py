"""What the writer of a quote pays for its readers: a board without a lock, beside what one would take instead.

Each round is done by a fresh process, which forks the readers: the notebook's own process has threads and should not
fork. All readers check what they get. A round measures all ways in turn.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import statistics
import struct
import time
import traceback
from collections.abc import Callable, Sequence
from typing import Any

from shmlab.base import spread
from shmlab.base.progress import progress_bar
from shmlab.base.table import Table, Tabled
from shmlab.market import ways
from shmlab.market.ways import STOP_S
from shmlab.primitives import pause
from shmlab.processes.workers import start

BOARD, LOCK, PIPES, QUEUES = "board without a lock", "quote under a mutex", "pipe for each", "Queue for each"
WAYS = (BOARD, LOCK, PIPES, QUEUES)
_OTHERS = {LOCK: ways.Locked, PIPES: ways.Pipes, QUEUES: ways.Queues}
_MOST_NS = 5_000_000_000  # of a trial with a reader that stops
_WARM_UP = 100  # quotes that do not count
_REPORT = struct.Struct("<qq")


@dataclasses.dataclass(frozen=True)
class Cost:
    """Hold one way. `each_ns`: {number of readers: nanoseconds of the writer for a quote, by round}. `slowest_ns`: the
    slowest quote, by round, while one reader stops in the middle."""

    way: str
    each_ns: dict[int, tuple[float, ...]]
    slowest_ns: tuple[int, ...]

    def median_ns(self, readers: int) -> float:
        """Return the writer's nanoseconds for a quote with so many readers: the median over the rounds.

        >>> Cost("", {2: (5.0, 1.0, 3.0)}, ()).median_ns(2)
        3.0
        """
        return statistics.median(self.each_ns[readers])


@dataclasses.dataclass(frozen=True, repr=False)
class Costs(Tabled):
    """Hold the Cost of each way. `mixed`: how many copies the readers found to be mixed, `copies`: of how many.

    >>> Costs((Cost("", {2: (5.0,)}, (7,)),), 3, 0).readers
    [2]
    """

    costs: tuple[Cost, ...]
    copies: int
    mixed: int

    @property
    def readers(self) -> list[int]:
        """The numbers of readers with which the ways were measured."""
        return list(self.costs[0].each_ns)

    def ratio(self, way: str, other: str, readers: int) -> float:
        """Return how many times as long the writer takes for a quote in one way as in the other.

        >>> Costs((Cost("a", {1: (6.0,)}, ()), Cost("b", {1: (3.0,)}, ())), 1, 0).ratio("a", "b", 1)
        2.0
        """
        found = {cost.way: cost.median_ns(readers) for cost in self.costs}
        return found[way] / found[other]

    def table(self) -> Table:
        """Return a Table with a row for each way."""
        rows = []
        for cost in self.costs:
            cells = [spread.in_words(rounds, "{:,.0f}".format) for rounds in cost.each_ns.values()]
            rows.append((cost.way, *cells, f"{statistics.median(cost.slowest_ns) / 1e6:.1f}"))
        numbers = [f"ns a quote, {number} reader{'s' * (number > 1)}" for number in self.readers]
        headings = ("way", *numbers, f"slowest quote, ms, while a reader stops for {STOP_S * 1000:.0f} ms")
        rounds = len(self.costs[0].slowest_ns)
        note = f"Median (lowest–highest) of {rounds} rounds; {self.copies:,} copies checked, {self.mixed} mixed."
        return Table("What the writer spends", headings, tuple(rows), note)


def writer_costs(
    put_quote: Callable[[Any, int, int], object],
    copy_quote: Callable[[Any], tuple[int, int, bool]],
    *,
    readers: Sequence[int] = (1, 4),
    among: Sequence[str] = WAYS,
    quotes: int = 2000,
    rounds: int = 3,
    progress: bool = True,
) -> Costs:
    """Measure how long a writer takes for a quote with so many `readers`; return Costs.

    `put_quote(board, bid, ask)`, `copy_quote(board)`, which returns (bid, ask, good): the functions of the board.
    `among`: some of WAYS. The first quotes of each trial warm up and do not count. Raises ValueError for a way that is
    none of WAYS, or a number of readers that cannot be.
    """
    if not all(1 <= number <= ways.MOST_READERS for number in readers):
        raise ValueError(f"readers is {readers!r}: give numbers from 1 to {ways.MOST_READERS}")
    for way in among:
        if way not in WAYS:
            raise ValueError(f"way is {way!r}: choose from {', '.join(WAYS)}")
    each = {way: {number: [] for number in readers} for way in among}
    slowest, copies, mixed = {way: [] for way in among}, 0, 0
    tasks = [(way, number) for number in (*readers, 0) for way in among]  # 0: one reader, which stops
    with progress_bar("readers", "round", total=rounds, shown=progress) as bar:
        for _ in range(rounds):
            found = start(_round, tasks, put_quote, copy_quote, quotes).result()
            for (way, number), (each_ns, slowest_ns, seen, torn) in zip(tasks, found, strict=True):
                copies, mixed = copies + seen, mixed + torn
                if number:
                    each[way][number].append(each_ns)
                else:
                    slowest[way].append(slowest_ns)
            bar.update()
    rows = (Cost(way, {one: tuple(ns) for one, ns in each[way].items()}, tuple(slowest[way])) for way in among)
    return Costs(tuple(rows), copies, mixed)


def _round(tasks, put_quote, copy_quote, quotes):
    """Do each (way, number of readers) of `tasks` once; return what each trial returned. Call it in a fresh process."""
    return [trial(way, put_quote, copy_quote, number, quotes) for way, number in tasks]


def trial(
    way: str, put_quote: Callable[..., object], copy_quote: Callable[..., Any], readers: int, quotes: int
) -> tuple[float, int, int, int]:
    """Fork the readers, write `quotes` quotes; return (ns a quote, ns of the slowest, copies, mixed copies).

    With 0 `readers` there is one, which stops for STOP_S in the middle of a copy; then quotes are written until it goes
    on. It forks: call it in a fresh process.
    """
    stops, readers = not readers, readers or 1
    with contextlib.ExitStack() as stack:
        if way == BOARD:
            made: ways.Way = ways.Unlocked(stack, readers, put_quote, copy_quote)
        else:
            made = _OTHERS[way](stack, readers)
        read_end, write_end = os.pipe()
        pids = [os.fork() or _read(made, rank, stops, write_end) for rank in range(readers)]
        os.close(write_end)
        elapsed, written, slowest = _write(made, quotes, stops)
        codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
        if any(codes):
            raise RuntimeError(f"{way}: a reader ended with {max(codes)}; what it says stands above")
        reports = [_REPORT.unpack(os.read(read_end, _REPORT.size)) for _ in pids]
        os.close(read_end)
    copies, mixed = map(sum, zip(*reports, strict=True))
    return elapsed / written, slowest, copies, mixed


def _write(made, quotes, stops):
    """Write the quotes, and more of them while a reader still stops; return (ns, how many, ns of the slowest)."""
    made.begin()
    while sum(made.control.ready) < made.readers:
        pause()
    for number in range(_WARM_UP):
        made.put(number, number + 1)
    made.control.written = 1
    number, slowest, began = 0, 0, time.perf_counter_ns()
    until = began + _MOST_NS
    while number < quotes or (stops and not made.control.resumed and time.perf_counter_ns() < until):
        number += 1
        before = time.perf_counter_ns() if stops else 0
        if stops:
            made.control.trying = number
        made.put(number, number + 1)
        if stops:
            made.control.finished = number
            slowest = max(slowest, time.perf_counter_ns() - before)
    made.end()
    return time.perf_counter_ns() - began, number, slowest


def _read(made, rank, stops, write_end):
    """Read until the writer has ended, report, and end this process."""
    code = 1
    try:
        made.control.ready[rank] = 1
        os.write(write_end, _REPORT.pack(*made.read(rank, stops)))
        code = 0
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(code)
