"""Experiments: how fast messages get from one process to another.

Each trial is one fresh pair of processes and one transport (see one_way, round_trips). A round measures all
transports in turn, and memcpy among them, so that a slow minute of the machine affects all alike. Results report the
median of the rounds, with the lowest and the highest.
"""

from __future__ import annotations

import dataclasses
import itertools
import statistics
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from shmlab.base.progress import progress_bar
from shmlab.bench import one_way, pair, round_trips, this_machine
from shmlab.bench.measurements import Point, Throughput
from shmlab.bench.report import SHARES, Latency, Report, Trips
from shmlab.ipc import limits
from shmlab.processes import workers
from shmlab.transports import DEFAULT, TRANSPORTS

SIZES_BYTES = tuple(64 * 4**power for power in range(9))  # 64 B to 4 MiB
SECONDS = 0.1
LATENCY_BYTES = 64
_CACHE_LINE_TRIPS = 20_000
_DEADLINE_S = 120.0


@dataclasses.dataclass(frozen=True)
class Experiment:
    """The settings of a measurement, checked.

    `seconds`: about how long each pass that counts takes. `pin`: give writer and reader a processor each. `batch`:
    messages a call (send_many, receive_many). `touch`: write and read every byte, in place if the transport is
    zero-copy. Raises ValueError for settings that make no sense, ModuleNotFoundError or NotImplementedError for a
    transport that this installation lacks.

    >>> len(Experiment(("pipe", "TCP"), sizes_bytes=(64, 4096), rounds=3))
    12
    """

    transports: str | Sequence[str] = DEFAULT
    sizes_bytes: Sequence[int] = SIZES_BYTES
    rounds: int = 3
    pin: bool = True
    seconds: float = SECONDS
    batch: int = 1
    touch: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.transports, str):
            object.__setattr__(self, "transports", (self.transports,))
        for name in ("rounds", "batch"):
            number = getattr(self, name)
            if isinstance(number, bool) or not isinstance(number, int) or number < 1:
                raise ValueError(f"{name} is {number!r}: give a whole number from 1 up")
        if not self.sizes_bytes or any(not isinstance(size, int) or size < 1 for size in self.sizes_bytes):
            raise ValueError(f"sizes_bytes is {self.sizes_bytes!r}: give at least one size, each 1 byte or more")
        if not self.seconds > 0:
            raise ValueError(f"seconds is {self.seconds!r}: give a number above 0")
        if not self.transports:
            raise ValueError(f"transports is {self.transports!r}: choose from {', '.join(TRANSPORTS)}")
        for name in self.transports:
            if name not in TRANSPORTS:
                raise ValueError(f"transport {name!r} is unknown: choose from {', '.join(TRANSPORTS)}")
            TRANSPORTS[name].check()

    def __len__(self) -> int:
        return self.rounds * len(self.sizes_bytes) * len(self.names())

    def names(self) -> tuple[str, ...]:
        """Return what is measured in turn."""
        return tuple(self.transports)

    def trial(self, plan: pair.Plan) -> tuple[Any, ...]:
        """Return the function that measures throughput by a Plan in a fresh process, and its arguments."""
        return one_way.throughput, plan

    def plan(self, name: str, size_bytes: int, messages: int | None) -> pair.Plan:
        """Return the Plan of one trial; `messages`: as many as in the round before, None in the first round."""
        return pair.Plan(name, size_bytes, self.seconds, messages, self._cpus(), self.batch, self.touch)

    def _cpus(self):
        cpus = limits.cpus()
        return (cpus[0], cpus[-1]) if self.pin else None

    def growing(self) -> Iterator[Throughput]:
        """Measure throughput; yield a Throughput with all results so far after each trial."""
        workers.warm_up()
        machine, passes, copies = this_machine.fingerprint(), {}, {}
        for _, size_bytes in itertools.product(range(self.rounds), self.sizes_bytes):
            copies.setdefault(size_bytes, []).append(self._copy_rate(size_bytes))
            for name in self.names():
                before = passes.setdefault((name, size_bytes), [])
                plan = self.plan(name, size_bytes, before[0].messages if before else None)
                before.append(_in_a_fresh_process(*self.trial(plan), name=name))
                yield self._result_so_far(passes, copies, machine)

    def _result_so_far(self, passes, copies, machine):
        points = tuple(_point(name, size, found) for (name, size), found in passes.items())
        medians = tuple((size, statistics.median(rates)) for size, rates in copies.items())
        return Throughput(points, self.rounds, self.pin, machine, medians, self.batch, self.touch)

    def round_trips(self) -> Iterator[tuple[Trips, ...]]:
        """Measure latency at the first of the sizes; yield a tuple with the Trips so far after each trial."""
        workers.warm_up()
        (size_bytes, *_), found = self.sizes_bytes, {}
        for _, name in itertools.product(range(self.rounds), self.transports):
            before = found.setdefault(name, [])
            plan = self.plan(name, size_bytes, before[0][0] if before else None)
            trips = _in_a_fresh_process(round_trips.latency, plan, name=name)
            before.append((len(trips), quantiles(trips)))
            yield tuple(
                Trips(one, size_bytes, rounds[0][0], tuple(of_round for _, of_round in rounds))
                for one, rounds in found.items()
            )

    def _copy_rate(self, size_bytes):
        cpus = self._cpus()
        return _in_a_fresh_process(
            this_machine.copy_rate, size_bytes, self.seconds / 2, cpus and cpus[0], name="memcpy"
        )

    def cache_line_ns(self) -> float | None:
        """Return the median nanoseconds of a cache line's way there and back; None on one processor."""
        trips = _in_a_fresh_process(
            this_machine.cache_line_round_trips, _CACHE_LINE_TRIPS, self._cpus(), name="cache line"
        )
        return statistics.median(trips) if trips else None


def throughput(
    *,
    transports: str | Sequence[str] = DEFAULT,
    sizes_bytes: Sequence[int] = SIZES_BYTES,
    rounds: int = 3,
    pin: bool = True,
    progress: bool = True,
    **options: Any,
) -> Throughput:
    """Measure transports at message sizes, `rounds` times each, interleaved; return a Throughput.

    `options`, and other errors: those of Experiment. Raises RuntimeError when a message arrives changed.
    """
    experiment = Experiment(transports, sizes_bytes, rounds, pin, **options)
    return run_all(experiment.growing(), len(experiment), "throughput", progress)


def latency(
    *,
    transports: str | Sequence[str] = DEFAULT,
    size_bytes: int = LATENCY_BYTES,
    rounds: int = 3,
    pin: bool = True,
    progress: bool = True,
    **options: Any,
) -> Latency:
    """Measure how long a message takes there and back, on two channels of each transport; return a Latency."""
    experiment = Experiment(transports, (size_bytes,), rounds, pin, **options)
    points = run_all(experiment.round_trips(), len(experiment), "latency", progress)
    return Latency(points, rounds, pin, this_machine.fingerprint(), experiment.cache_line_ns())


def run(
    *,
    transports: str | Sequence[str] = DEFAULT,
    sizes_bytes: Sequence[int] = SIZES_BYTES,
    rounds: int = 3,
    pin: bool = True,
    progress: bool = True,
    seconds: float = SECONDS,
    touch: bool = False,
) -> Report:
    """Measure throughput at these sizes, and round trips of 64 bytes, of the same transports; return a Report."""
    shared: dict[str, Any] = {
        "transports": transports,
        "rounds": rounds,
        "pin": pin,
        "progress": progress,
        "seconds": seconds,
    }
    return Report(throughput(sizes_bytes=sizes_bytes, touch=touch, **shared), latency(**shared))


def run_all(steps, count, label, progress):
    """Return the last of the results that `steps` yields; show a bar of `count` steps meanwhile."""
    with progress_bar(label, "trial", total=count, shown=progress, delay_s=0) as bar:
        for result in steps:  # noqa: B007
            bar.update()
    return result


def _point(name, size_bytes, passes):
    rates = tuple(found.messages * size_bytes / found.elapsed_s for found in passes)
    return Point(name, size_bytes, passes[0].messages, rates, tuple(found.usage for found in passes))


def quantiles(trips_ns: Iterable[float]) -> tuple[float, ...]:
    """Return, for each of SHARES, the nanoseconds within which this share of the round trips came back.

    >>> quantiles([3, 1, 2])[-1]
    3.0
    """
    ordered = sorted(trips_ns)
    return tuple(float(ordered[min(len(ordered) - 1, int(share * len(ordered)))]) for share in SHARES)


def _in_a_fresh_process(function, *arguments, name):
    return workers.start(function, *arguments, name=name, deadline_s=_DEADLINE_S).result()
