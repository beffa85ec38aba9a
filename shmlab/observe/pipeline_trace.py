"""What became of each frame on its way from a camera through a filter to a screen.

The processes note times by one clock, time.monotonic_ns, which all of them read. Frames are numbered from 1; a time of
0 says that it never happened.
"""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Sequence

from shmlab.base.table import Table, Tabled

_MOST_ROWS = 15


@dataclasses.dataclass(frozen=True)
class Tick:
    """Hold a tick of the screen: when it was due, when its process woke up, when the frame was shown, in nanoseconds,
    and the number of the frame (0: there was none yet)."""

    due_ns: int
    woke_ns: int
    shown_ns: int
    frame: int


@dataclasses.dataclass(frozen=True, repr=False)
class PipelineTrace(Tabled):
    """Hold the times of a run. `taken_ns`, `filtered_ns`: of frame 1, 2, …; `ticks`: in their order."""

    taken_ns: tuple[int, ...]
    filtered_ns: tuple[int, ...]
    ticks: tuple[Tick, ...]

    @property
    def on_screen(self) -> dict[int, list[Tick]]:
        """{frame: the ticks that showed it}, without frames that never came onto the screen."""
        found = collections.defaultdict(list)
        for tick in self.ticks:
            if tick.frame:
                found[tick.frame].append(tick)
        return dict(found)

    def ms(self, at_ns: int) -> float:
        """Return a time in milliseconds after the first tick was due."""
        return (at_ns - self.ticks[0].due_ns) / 1e6

    def fate(self, frame: int) -> str:
        """Return what became of a frame, in words."""
        if frame in self.on_screen:
            times = len(self.on_screen[frame])
            return "shown" if times == 1 else f"shown at {times} ticks"
        if self.filtered_ns[frame - 1]:
            return "dropped before the screen"
        return "dropped before the filter" if self.taken_ns[frame - 1] else "never taken"

    def table(self) -> Table:
        """Return a Table with a row for each of the first frames: when it was taken, filtered and first shown."""
        rows = [
            (
                str(frame),
                f"{self.ms(taken):.1f}",
                f"{self.ms(filtered):.1f}" if filtered else "",
                f"{self.ms(self.on_screen[frame][0].shown_ns):.1f}" if frame in self.on_screen else "",
                self.fate(frame),
            )
            for frame, (taken, filtered) in enumerate(zip(self.taken_ns, self.filtered_ns, strict=True), 1)
            if taken
        ]
        headings = ("frame", "taken, ms", "filtered, ms", "on the screen, ms", "what became of it")
        left_out = f"the first {_MOST_ROWS} of {len(rows)} frames" if len(rows) > _MOST_ROWS else ""
        return Table("Camera, filter, screen", headings, tuple(rows[:_MOST_ROWS]), left_out)


def pipeline_trace(
    taken_ns: Sequence[int],
    filtered_ns: Sequence[int],
    due_ns: Sequence[int],
    woke_ns: Sequence[int],
    shown_ns: Sequence[int],
    frames: Sequence[int],
) -> PipelineTrace:
    """Return a PipelineTrace of what three processes noted: two lists by frame, four by tick, times in nanoseconds.

    Ticks that never came, due at 0, are left out. Raises ValueError for lists of different lengths, or no tick at all.
    """
    ticks = tuple(Tick(*one) for one in zip(due_ns, woke_ns, shown_ns, frames, strict=True) if one[0])
    if len(taken_ns) != len(filtered_ns):
        raise ValueError(
            f"{len(taken_ns)} times of taking and {len(filtered_ns)} of filtering: give one of each a frame"
        )
    if not ticks:
        raise ValueError("no tick was due: the screen has noted nothing")
    return PipelineTrace(tuple(taken_ns), tuple(filtered_ns), ticks)
