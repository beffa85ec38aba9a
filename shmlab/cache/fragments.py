"""What becomes of a heap after many requests: how its free memory is scattered, and what rounding up costs."""

from __future__ import annotations

import dataclasses
import random

from shmlab.base.table import Table, Tabled
from shmlab.cache.heap import Heap, HeapMap

_BYTES = 64 * 1024
_REQUESTS = 4000


@dataclasses.dataclass(frozen=True)
class Churn:
    """A heap after many requests. `asked_bytes`: what the users of its used blocks asked for. `refused`: how many
    requests found no block; `scattered`: how many of them though more bytes than that were free. `end`: its map."""

    title: str
    asked_bytes: int
    refused: int
    scattered: int
    end: HeapMap

    @property
    def used_bytes(self) -> int:
        """The bytes of all used blocks."""
        return sum(block.size_bytes for block in self.end.blocks if block.used)


@dataclasses.dataclass(frozen=True, repr=False)
class Churns(Tabled):
    """The same requests to several heaps."""

    runs: tuple[Churn, ...]

    def table(self) -> Table:
        """Return a Table with a row for each heap."""
        headings = ("sizes", "refused", "though enough was free", "asked for, bytes", "in used blocks", "free pieces")
        rows = tuple(
            (run.title, str(run.refused), str(run.scattered), f"{run.asked_bytes:,}", f"{run.used_bytes:,}",
             str(run.end.holes)) for run in self.runs
        )  # fmt: skip
        return Table(f"{_REQUESTS:,} requests to a heap of {_BYTES // 1024} KiB", headings, rows)


def churn(*schemes: tuple[int, ...], seed: int = 15) -> Churns:
    """Allocate and free blocks of 24 to 2,000 bytes in a random order that `seed` gives; return what became of each
    heap, Churns. `schemes`: for each heap its block sizes in bytes, see Heap.

    >>> churn((), (64, 256, 1024, 2048)).runs[0].end.holes > 1
    True
    """
    return Churns(tuple(_churned(classes, random.Random(seed)) for classes in schemes))


def _churned(classes, draw):
    held = []
    heap = Heap.create(memoryview(bytearray(_BYTES)), classes=classes)
    refused = scattered = 0
    for _ in range(_REQUESTS):
        size = int(24 * (2000 / 24) ** draw.random())  # small ones are more frequent
        offset = heap.try_allocate(size)
        if offset:
            held.append((offset, size))
        else:
            refused += 1
            scattered += heap.map().free_bytes >= size + 16
        while held and (not offset or draw.random() < 0.45):
            freed, _ = held.pop(draw.randrange(len(held)))
            heap.free(freed)
            offset = 1
    title = f"rounded up to {', '.join(map(str, classes))}" if classes else "as asked"
    return Churn(title, sum(size for _, size in held), refused, scattered, heap.map())
