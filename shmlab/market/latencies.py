"""Replay a made-up day against the clock, and tell how late each tick comes to a reader, in percentiles.

A tick is late from when it was due. Whoever measures from when it was sent leaves out what waited to be sent: that is
*coordinated omission*. Source: Tene, "How NOT to Measure Latency" (2015); the histograms are those of HdrHistogram.
"""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import math
import os
import time
import traceback
from collections.abc import Callable
from typing import Any

from shmlab.base.table import Table, Tabled
from shmlab.ipc import PosixSegment, limits
from shmlab.market.day import DAY_S, Day
from shmlab.market.layouts import Tape
from shmlab.primitives import pause
from shmlab.processes.workers import start

try:
    from hdrh.histogram import HdrHistogram
except ImportError:  # it has no ready-made package for every machine
    HdrHistogram = None

SENT, DUE = "from when it was sent", "from when it was due"
PERCENTILES = (50, 90, 99, 99.9, 99.99)
_MOST_NS, _DIGITS = 600_000_000_000, 3
_LEAD_NS = 20_000_000


@dataclasses.dataclass(frozen=True, repr=False)
class Latencies(Tabled):
    """Hold when each tick was due, was sent and came, in ns of one clock; `got_ns` is 0 for a tick that was lost.

    >>> Latencies((0, 10), (0, 60), (5, 65), 0.0).percentile("from when it was due", 50)
    5
    """

    due_ns: tuple[int, ...]
    sent_ns: tuple[int, ...]
    got_ns: tuple[int, ...]
    stall_s: float
    by_hand: bool = False

    @property
    def lost(self) -> int:
        """How many ticks the reader lost."""
        return self.got_ns.count(0)

    def of(self, since: str) -> list[int]:
        """Return how late the ticks came that came, in ns. `since`: SENT or DUE.

        >>> Latencies((0, 10), (0, 60), (5, 65), 0.0).of("from when it was due")
        [5, 55]
        """
        begins = {SENT: self.sent_ns, DUE: self.due_ns}[since]
        return [got - began for got, began in zip(self.got_ns, begins, strict=True) if got]

    def percentile(self, since: str, percent: float) -> int:
        """Return the latency in ns that so many percent of the ticks do not exceed, to three digits."""
        return _percentiles(self.of(since), (percent,), self.by_hand)[0]

    def table(self) -> Table:
        """Return a Table with a row for each way to measure: percentiles and the maximum, in microseconds."""
        rows = []
        for since in (SENT, DUE):
            late = self.of(since)
            found = (*_percentiles(late, PERCENTILES, self.by_hand), max(late))
            rows.append((since, *(f"{ns / 1000:,.1f}" for ns in found)))
        headings = ("µs, measured", *(f"p{percent:g}" for percent in PERCENTILES), "slowest")
        by = "sorting, as hdrhistogram is not installed" if HdrHistogram is None or self.by_hand else "hdrhistogram"
        ticks = f"{len(self.got_ns):,} ticks, {self.lost} lost"
        note = f"{ticks}; the writer stalled for {self.stall_s:g} s; percentiles by {by}."
        return Table("How late the ticks are", headings, tuple(rows), note)


def _percentiles(values, percents, by_hand=False):
    """Return the value at each percentile: of a histogram, or by sorting where there is none."""
    if HdrHistogram is None or by_hand:
        ordered = sorted(values)
        return tuple(ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)] for percent in percents)
    histogram = HdrHistogram(1, _MOST_NS, _DIGITS)
    for value in values:
        histogram.record_value(max(1, value))
    most = max(values)  # the end of a bucket may be above it
    return tuple(min(most, int(histogram.get_value_at_percentile(percent))) for percent in percents)


def replay(
    day: Day,
    put: Callable[[Any, int, int], object],
    take: Callable[[Any, int], Any],
    *,
    seconds: float = 2.0,
    stall_s: float = 0.0,
) -> Latencies:
    """Replay a day in so many `seconds` from one process to another, over a Tape; return the Latencies.

    `put(tape, price, volume)`; `take(tape, wanted)`, which returns None, or (number, price, volume) of the wanted tick
    or of a later one. `stall_s`: how long the writer sleeps in the middle of the day. Each process has a processor of
    its own if there are two. Raises RuntimeError where the reader got a tick that is not the day's.
    """
    due_ns = [int(at * seconds / DAY_S * 1e9) for at in day.at_s]
    ticks = list(zip(day.price_cents.tolist(), day.volume.tolist(), strict=True))
    due, sent, got = start(_replayed, due_ns, ticks, put, take, stall_s).result()
    return Latencies(tuple(due), tuple(sent), tuple(got), stall_s)


def _replayed(due_ns, ticks, put, take, stall_s):
    """Fork the reader, write here; return (due, sent, got), in ns."""
    kind = type("Times", (ctypes.Structure,), {"_fields_": [
        ("ready", ctypes.c_int64), ("wrong", ctypes.c_int64), ("got", ctypes.c_int64 * len(ticks))]})  # fmt: skip
    with contextlib.ExitStack() as stack:
        segments = [stack.enter_context(PosixSegment.create(None, ctypes.sizeof(one))) for one in (Tape, kind)]
        for segment in segments:
            segment.prefault()
        memory = [segments[0].view(Tape), segments[1].view(kind)]
        stack.callback(memory.clear)
        cpus = limits.cpus()
        reader = os.fork()
        if not reader:
            _follow(*memory, take, ticks, cpus[-1])
        os.sched_setaffinity(0, {cpus[0]})
        while not memory[1].ready and os.waitpid(reader, os.WNOHANG) == (0, 0):
            pause()
        began = time.perf_counter_ns() + _LEAD_NS
        due = [began + one for one in due_ns]
        sent = _feed(memory[0], put, ticks, due, stall_s)
        code = os.waitstatus_to_exitcode(os.waitpid(reader, 0)[1])
        if code or memory[1].wrong:
            raise RuntimeError(f"the reader got {memory[1].wrong} ticks that are not the day's, and ended with {code}")
        return due, sent, list(memory[1].got)


def _feed(tape, put, ticks, due, stall_s):
    """Put each tick on the tape when it is due; return when each was sent."""
    sent = []
    for number, (price, volume) in enumerate(ticks):
        while time.perf_counter_ns() < due[number]:
            pause()
        if number == len(ticks) // 2 and stall_s:
            time.sleep(stall_s)
        sent.append(time.perf_counter_ns())
        put(tape, price, volume)
    return sent


def _follow(tape, times, take, ticks, cpu):
    """Take ticks until the last one has come, note when, and end this process."""
    code = 1
    try:
        os.sched_setaffinity(0, {cpu})
        times.ready, wanted = 1, 0
        while wanted < len(ticks):
            tick = take(tape, wanted)
            if tick is None:
                pause()
                continue
            number, *content = tick
            times.got[number] = time.perf_counter_ns()
            times.wrong += tuple(content) != ticks[number]
            wanted = number + 1
        code = 0
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(code)
