"""Tell what a buffer pool did: which page was in which frame after each access, and whether it had to be read."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from shmlab.base.table import Table, Tabled

EMPTY = -1


@dataclasses.dataclass(frozen=True)
class Access:
    """Hold one access. `page`: the one asked for. `frames`: the page of each frame after it; `used`: their usage
    counts. `hit`: whether the page was there before."""

    page: int
    frames: tuple[int, ...]
    used: tuple[int, ...]
    hit: bool


@dataclasses.dataclass(frozen=True, repr=False)
class FrameHistory(Tabled):
    """Hold the accesses to a pool, in order."""

    accesses: tuple[Access, ...]

    @property
    def hits(self) -> int:
        """How many pages were there when they were asked for."""
        return sum(one.hit for one in self.accesses)

    def table(self) -> Table:
        """Return a Table with a row for each access: page and usage count of each frame after it."""
        frames = len(self.accesses[0].frames)
        rows = [
            (str(number), str(one.page), "hit" if one.hit else "read", *map(_cell, one.frames, one.used))
            for number, one in enumerate(self.accesses, 1)
        ]
        headings = ("access", "page", "found", *(f"frame {number}" for number in range(frames)))
        caption = f"{self.hits} of {len(self.accesses)} accesses hit"
        return Table(caption, headings, tuple(rows), "page (usage count)")


def _cell(page: int, used: int) -> str:
    return "empty" if page == EMPTY else f"{page} ({used})"


def frame_history(states: Iterable[tuple[int, Sequence[int], Sequence[int]]]) -> FrameHistory:
    """Return the FrameHistory of `states`: for each access the page asked for, and the frames' pages and usage counts
    after it. The pool is empty before. Raises ValueError where there is no access.

    >>> frame_history([(7, [7, -1], [1, 0]), (7, [7, -1], [2, 0])]).hits
    1
    """
    accesses: list[Access] = []
    before: tuple[int, ...] = ()
    for page, frames, used in states:
        accesses.append(Access(page, tuple(frames), tuple(used), page in before))
        before = tuple(frames)
    if not accesses:
        raise ValueError("there is no access: give a page, the frames' pages and their usage counts for each")
    return FrameHistory(tuple(accesses))
