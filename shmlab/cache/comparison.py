"""Measure caches beside each other: the same keys, the same bytes, two processes, rounds in turn."""

from __future__ import annotations

import contextlib
import dataclasses
import multiprocessing
import statistics
import tempfile
import threading
import time

from shmlab.base import spread
from shmlab.base.table import Table, Tabled
from shmlab.cache import recorded
from shmlab.cache.rivals import RIVALS, OurCache
from shmlab.ipc.limits import in_words
from shmlab.processes.workers import start

_PROCESSES = 2
_KEYS = 100
_DEADLINE_S = 110.0


@dataclasses.dataclass(frozen=True, repr=False)
class Comparison(Tabled):
    """How long one `get` of a key takes that is there. `times_us`: (cache, bytes of a value) -> microseconds of each
    round, the mean over both processes. `missing`: cache -> why it was not measured."""

    times_us: dict[tuple[str, int], tuple[float, ...]]
    missing: dict[str, str]
    gets: int

    @property
    def caches(self) -> list[str]:
        """The caches that were measured."""
        return list(dict.fromkeys(name for name, _ in self.times_us))

    def ratios(self, name: str, size_bytes: int, other: str = OurCache.name) -> list[float]:
        """Return for each round how many times as long a cache took as another one did."""
        rounds = zip(self.times_us[name, size_bytes], self.times_us[other, size_bytes], strict=True)
        return [mine / theirs for mine, theirs in rounds]

    def table(self) -> Table:
        """Return a Table with a row for each cache: microseconds and ratio, the median and the range of the rounds."""
        sizes = sorted({size for _, size in self.times_us})
        rows = [
            (
                name,
                *(
                    spread.in_words(numbers, _two_digits)
                    for size in sizes
                    for numbers in (self.times_us[name, size], self.ratios(name, size))
                ),
            )
            for name in self.caches
        ]
        rows += [(name, *[f"not measured: {why}", ""][: 2 * len(sizes)], *[""] * (2 * len(sizes) - 2))
                 for name, why in self.missing.items()]  # fmt: skip
        headings = ("one get", *(words for size in sizes for words in (f"{in_words(size)}, µs", "times ours")))
        note = f"median of {len(next(iter(self.times_us.values())))} rounds (lowest–highest) of {self.gets:,} gets in "
        note += f"each of {_PROCESSES} processes, every value compared first"
        return Table("", headings, tuple(rows), note + (f"\n{recorded.words(self.missing)}" if self.missing else ""))


def compare_caches(*, sizes: tuple[int, ...] = (100, 10_240), gets: int = 500, rounds: int = 5) -> Comparison:
    """Measure all caches that are installed here; return a Comparison.

    `sizes`: bytes of a value. `gets`: how many in a round, in each of two processes, of 100 keys. Each process stores
    all keys first, and compares every value. An interrupt ends all servers and processes that were started.
    """
    with tempfile.TemporaryDirectory(prefix="shmlab-") as folder:
        worker = start(_measured, folder, sizes, gets, rounds, deadline_s=_DEADLINE_S)
        times, missing = worker.result()
    return Comparison(times, missing, gets)


def _measured(folder, sizes, gets, rounds):
    """Return ({(cache, size): µs of each round}, {cache: why it was not measured}). It runs in a process of its own,
    without threads, so that it may fork."""
    missing = {kind.name: kind.missing() for kind in RIVALS if kind.missing()}
    times = {}
    for size in sizes:
        with contextlib.ExitStack() as stack:
            rivals = []
            for kind in RIVALS:
                if kind.name in missing:
                    continue
                try:
                    rivals.append(stack.enter_context(kind(folder, _KEYS * size)))
                except OSError as error:
                    missing[kind.name] = str(error)
            for rival, each in zip(rivals, _in_processes(rivals, size, gets, rounds), strict=True):
                times[rival.name, size] = each
    return times, missing


def _in_processes(rivals, size, gets, rounds):
    """Return for each rival the µs of each round, the mean over the processes."""
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(_PROCESSES)
    pipes = [context.Pipe(duplex=False) for _ in range(_PROCESSES)]
    processes = [
        context.Process(target=_client, args=(rivals, size, gets, rounds, barrier, sender)) for _, sender in pipes
    ]
    for process in processes:
        process.start()
    for _, sender in pipes:
        sender.close()  # so that a process that dies ends the wait below with EOFError
    found = [receiver.recv() for receiver, _ in pipes]
    for process in processes:
        process.join()
    errors = [one for one in found if isinstance(one, Exception)]
    if errors:  # that of the process that broke the barrier comes before those of the others, which only noticed
        raise min(errors, key=lambda error: isinstance(error, threading.BrokenBarrierError))
    return [tuple(map(statistics.mean, zip(*each, strict=True))) for each in zip(*found, strict=True)]


def _client(rivals, size, gets, rounds, barrier, sender):
    try:
        sender.send(_use(rivals, size, gets, rounds, barrier))
    except Exception as error:
        barrier.abort()
        sender.send(error)


def _use(rivals, size, gets, rounds, barrier):
    """Store all keys, compare all values, and return the µs of a get: for each rival a list of rounds."""
    keys = [f"key-{number}" for number in range(_KEYS)]
    values = [key.encode().ljust(size, b".") for key in keys]
    verbs = [rival.connect() for rival in rivals]
    for rival, (get, put) in zip(rivals, verbs, strict=True):
        for key, value in zip(keys, values, strict=True):
            put(key, value)
        barrier.wait()
        if [get(key) for key in keys] != values:
            raise ValueError(f"{rival.name} does not give back what was stored")
    found = [[] for _ in rivals]
    for _ in range(rounds):
        for place, (get, _) in enumerate(verbs):
            barrier.wait()
            began = time.perf_counter_ns()
            for number in range(gets):
                get(keys[number * 7 % _KEYS])
            found[place].append((time.perf_counter_ns() - began) / gets / 1000)
    return found


def _two_digits(number):
    return f"{number:,.0f}" if number >= 100 else f"{number:.2g}"
