"""Run a buffer pool that a learner wrote: several processes, a real file of pages, a segment, a latch in it."""

from __future__ import annotations

import ctypes
import dataclasses
import os
import tempfile
import time
from collections.abc import Callable
from typing import Any

from shmlab.ipc import Mutex, PosixSegment
from shmlab.processes.workers import start_group

PAGE_BYTES, PAGES = 8192, 64
EMPTY = -1  # the page of a frame that has none


class Page(ctypes.Structure):
    """A page of 8 KiB: a number, and room for more."""

    _fields_ = (("count", ctypes.c_int64), ("rest", ctypes.c_char * (PAGE_BYTES - 8)))


class PageFile:
    """A file of pages, read and written a page at a time: `file[3]` reads the fourth one into a new Page.

    `reads`, `writes`: how often this process asked the kernel.
    """

    def __init__(self, path: str, pages: int = 0) -> None:
        """Open the file at `path`; with `pages`, make it anew with so many pages of zeros. Raises OSError."""
        self._file = os.open(path, os.O_RDWR | (os.O_CREAT if pages else 0), 0o600)
        self.reads = self.writes = 0
        if pages:
            os.ftruncate(self._file, pages * PAGE_BYTES)

    def __getitem__(self, number: int) -> Page:
        self.reads += 1
        page = Page()
        os.preadv(self._file, [page], number * PAGE_BYTES)  # type: ignore[list-item]  # it has a buffer
        return page

    def __setitem__(self, number: int, page: Page) -> None:
        self.writes += 1
        os.pwrite(self._file, page, number * PAGE_BYTES)  # type: ignore[arg-type]


@dataclasses.dataclass(frozen=True)
class Run:
    """What came out of a run. `counts`: the number on each page of the file, in the end. `reads`, `writes`: how often
    pages of the file were read and written by all processes. `elapsed_ns`: of the slowest process, without its start.
    """

    counts: tuple[int, ...]
    reads: int
    writes: int
    elapsed_ns: int


def on_a_file(work: Callable[..., object], layout: type[Any], *, processes: int = 2, pages: int = PAGES) -> Run:
    """Run `work(pool, disk, latch, rank)` in processes that share a pool, a latch and a file of zeros; return a Run.

    `layout`: the ctypes type of the pool, with `frames`, whose `page` starts at -1, and `data`, an array of Pages.
    `disk`: a PageFile. Pages that are dirty in the end are written then. Raises what `work` raises.
    """
    counts, reads, writes, elapsed_ns = run(_once, layout, processes, [0] * pages, work)
    return Run(counts, reads, writes, max(elapsed_ns))


def _once(place: Place, latch: Mutex, rank: int, work: Callable[..., object]) -> int:
    began = time.perf_counter_ns()
    work(place.pool, place.disk, latch, rank)
    return time.perf_counter_ns() - began


@dataclasses.dataclass
class Place:
    """The pool and the file, as one process has them."""

    pool: Any
    disk: PageFile
    path: str


def run(inside, layout, processes, counts, *arguments):
    """Run `inside(place, latch, rank, *arguments)` in processes.

    Return (the pages' numbers in the end, reads, writes, what each process returned). `counts`: their first numbers.
    """
    size = ctypes.sizeof(layout)
    with tempfile.TemporaryDirectory() as folder, PosixSegment.create(None, size + Mutex.size_bytes) as segment:
        segment.prefault()
        path = f"{folder}/pages"
        fill(path, counts)
        latch = Mutex.create(segment, size)
        pool = segment.view(layout)
        for frame in pool.frames:
            frame.page = EMPTY
        calls = [(_worker, (inside, layout, segment, latch, path, rank, arguments), f"P{rank}", None)
                 for rank in range(processes)]  # fmt: skip
        try:
            reports = [worker.result() for worker in start_group(calls).workers]
            disk = PageFile(path)
            for number, frame in enumerate(pool.frames):
                if frame.dirty:
                    disk[frame.page] = pool.data[number]
            found = tuple(disk[number].count for number in range(len(counts)))
            results, reads, writes = zip(*reports, strict=True)
            return found, sum(reads), sum(writes) + disk.writes, results
        finally:
            del pool
            frame = None
            latch.close()


def _worker(inside, layout, segment, latch, path, rank, arguments):
    place = Place(segment.view(layout), PageFile(path), path)
    result = inside(place, latch, rank, *arguments)
    place.pool = None
    return result, place.disk.reads, place.disk.writes


def fill(path, counts):
    """Make a file with a page for each of the numbers; return it as a PageFile."""
    disk = PageFile(path, len(counts))
    for number, count in enumerate(counts):
        if count:
            disk[number] = Page(count)
    return disk
