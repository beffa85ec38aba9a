"""Compare ways to get at the pages of a file that several processes use: the file each time, a cache in each process,
sqlite3, and a pool in shared memory that a learner wrote.

All pages are in the kernel's page cache, so that no disk is measured. Every result is verified: the numbers that were
read, and those in the file, must add up.
"""

from __future__ import annotations

import collections
import dataclasses
import os
import random
import sqlite3
import statistics
import time
from collections.abc import Callable
from typing import Any

from shmlab.base import spread
from shmlab.base.table import Table, Tabled
from shmlab.bench.page_file import PAGE_BYTES, PAGES, PageFile, fill, run
from shmlab.ipc import Semaphore

FRAMES, HOT_PAGES, HOT_SHARE = 16, 10, 0.9
PROCESSES, READS, UPDATES = 2, 2_000, 500  # accesses of each process
_ROUNDS = 6  # the first one warms up and does not count
_PATIENCE_S = 60
FILE, OWN, SQLITE, POOL = "the file each time", "a cache in each process", "sqlite3", "our pool"
# How often one page can be in memory, the kernel's page cache included.
_COPIES = {FILE: "1", OWN: f"1 + {PROCESSES}", SQLITE: f"1 + {PROCESSES}", POOL: "1 + 1"}


@dataclasses.dataclass(frozen=True, repr=False)
class PageAccess(Tabled):
    """Hold the times. `ns`: {(what was done, way): nanoseconds an access in each round}; `writes`: {way: pages written
    to the file in a round, reads and updates}."""

    ns: dict[tuple[str, str], tuple[float, ...]]
    writes: dict[str, int]

    def median_ns(self, what: str, way: str) -> float:
        """Return nanoseconds an access: `what` is "read" or "update"."""
        return statistics.median(self.ns[what, way])

    def ratio(self, what: str, way: str, other: str) -> float:
        """Return how many times as long an access takes by one way as by the other."""
        return self.median_ns(what, way) / self.median_ns(what, other)

    def table(self) -> Table:
        """Return a Table with a row for each way to read and to update."""
        rows = tuple(
            (
                what,
                way,
                spread.in_words(times, lambda ns: f"{ns / 1000:,.1f}"),
                f"{self.ratio(what, way, FILE):.1f} ×",
                f"{self.writes[way]:,}" if what == "update" and way in self.writes else "–",
                _COPIES[way],
            )
            for (what, way), times in self.ns.items()
        )
        headings = ("what", "way", "µs each", "beside the file each time", "pages written", "copies of a page")
        note = f"median of {_ROUNDS - 1} rounds (lowest–highest); {PROCESSES * UPDATES:,} updates a round"
        return Table("Two processes, pages of 8 KiB, all in the kernel's page cache", headings, rows, note)


def compare_access(fetch: Callable[..., Any], unpin: Callable[..., Any], layout: type[Any]) -> PageAccess:
    """Time a pool beside what else there is, in turn; return a PageAccess.

    `fetch(pool, page, disk, latch)`, `unpin(pool, number, latch, dirty=…)`, `layout`: as for page_file.on_a_file.
    Raises AssertionError where an update was lost, or an old page was read.
    """
    here = [Semaphore.create(0) for _ in range(PROCESSES)]
    try:
        counts, _, _, reports = run(_process, layout, PROCESSES, range(PAGES), (fetch, unpin), here)
    finally:
        for one in here:
            one.destroy()
    _check_sum(POOL, sum(counts))
    times, writes = zip(*reports, strict=True)
    ns = {trial: tuple(max(each) for each in zip(*(one[trial] for one in times), strict=True))[1:] for trial in _TRIALS}
    return PageAccess(ns, {way: sum(one[way] for one in writes) // _ROUNDS for way in writes[0]})


def _check_sum(way, total):
    more, expected = total - sum(range(PAGES)), _ROUNDS * PROCESSES * UPDATES
    assert more == expected, f"{way}: {expected} updates were made, and {more} are in the file"


def _process(place, latch, rank, functions, here):
    """Do all trials of one process, each when the others are ready for it.

    Return {trial: nanoseconds an access in each round}, and {way: pages written}.
    """
    ways = {name: make(place, latch, functions) for name, make in _WAYS.items()}
    ns = {trial: [] for trial in _TRIALS}
    for number in range(_ROUNDS):
        for what, way in _TRIALS:
            pages = _drawn(READS if what == "read" else UPDATES, (rank, number))
            _meet(rank, here)
            began = time.perf_counter_ns()
            if what == "read":
                for page in pages:
                    ways[way].read(page)
            else:
                for page in pages:
                    ways[way].update(page)
            ns[what, way].append((time.perf_counter_ns() - began) / len(pages))
    _meet(rank, here)
    for way in (FILE, SQLITE):
        _check_sum(way, ways[way].total())
    return ns, {FILE: ways[FILE].disk.writes, POOL: place.disk.writes}


def _drawn(times, seed):
    draw = random.Random(str(seed))
    return [draw.randrange(HOT_PAGES if draw.random() < HOT_SHARE else PAGES) for _ in range(times)]


def _meet(rank, here):
    """Wait until all processes have come here."""
    for other, semaphore in enumerate(here):
        if other != rank:
            semaphore.release()
    for _ in range(len(here) - 1):
        here[rank].acquire(timeout=_PATIENCE_S)


class _FileEachTime:
    def __init__(self, place, latch, _):
        self.latch, path = latch, f"{place.path}.each"
        with latch:
            self.disk = PageFile(path) if os.path.exists(path) else fill(path, range(PAGES))
        self.disk.writes = 0

    def read(self, page):
        return self.disk[page].count

    def update(self, page):
        with self.latch:
            copy = self.disk[page]
            copy.count += 1
            self.disk[page] = copy

    def total(self):
        return sum(self.disk[page].count for page in range(PAGES))


class _OwnCache:
    """At most FRAMES pages, the least recently used one goes first. Nobody else sees what is changed here."""

    def __init__(self, place, *_):
        self.disk, self.pages = place.disk, collections.OrderedDict()

    def read(self, page):
        if page in self.pages:
            self.pages.move_to_end(page)
        else:
            if len(self.pages) == FRAMES:
                self.pages.popitem(last=False)
            self.pages[page] = self.disk[page]
        return self.pages[page].count


class _Sqlite:
    """A row for each page. The latch spares sqlite3 its own waiting, which sleeps for milliseconds."""

    def __init__(self, place, latch, _):
        self.latch = latch
        with latch:
            self.base = sqlite3.connect(f"{place.path}.sqlite", isolation_level=None)
            for pragma in (f"page_size={PAGE_BYTES}", "journal_mode=WAL", "synchronous=OFF", f"cache_size={FRAMES}"):
                self.base.execute(f"PRAGMA {pragma}").fetchall()
            self.base.execute("CREATE TABLE IF NOT EXISTS pages (number INTEGER PRIMARY KEY, count, rest)")
            rows = [(number, number, bytes(PAGE_BYTES // 2 + 64)) for number in range(PAGES)]
            self.base.executemany("INSERT OR IGNORE INTO pages VALUES (?, ?, ?)", rows)

    def read(self, page):
        return self.base.execute("SELECT count FROM pages WHERE number = ?", (page,)).fetchone()[0]

    def update(self, page):
        with self.latch:
            self.base.execute("UPDATE pages SET count = count + 1 WHERE number = ?", (page,))

    def total(self):
        return self.base.execute("SELECT sum(count) FROM pages").fetchone()[0]


class _Pool:
    def __init__(self, place, latch, functions):
        self.place, self.latch = place, latch
        self.fetch, self.unpin = functions

    def read(self, page):
        number = self.fetch(self.place.pool, page, self.place.disk, self.latch)
        count = self.place.pool.data[number].count
        self.unpin(self.place.pool, number, self.latch)
        return count

    def update(self, page):
        number = self.fetch(self.place.pool, page, self.place.disk, self.latch)
        with self.latch:
            self.place.pool.data[number].count += 1
        self.unpin(self.place.pool, number, self.latch, dirty=1)


_WAYS: dict[str, Any] = {FILE: _FileEachTime, OWN: _OwnCache, SQLITE: _Sqlite, POOL: _Pool}
_TRIALS = [("read", way) for way in _WAYS] + [("update", way) for way in _WAYS if way != OWN]
