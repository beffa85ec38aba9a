"""Draw what a buffer pool did: a row for each frame, a column for each access."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shmlab.observe.frame_history import EMPTY
from shmlab.show import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from shmlab.observe.frame_history import FrameHistory

_READ, _HIT = style.PROCESS_COLOURS[2], style.PROCESS_COLOURS[0]


def of_history(history: FrameHistory) -> Figure:
    """Return the Figure of a FrameHistory. The frame that has the page asked for has a thick edge: hatched where the
    page had to be read. A dot below a page stands for each unit of its usage count."""
    frames = len(history.accesses[0].frames)
    with style.figure(11, 1.3 + 0.55 * frames) as (figure, axes):
        for number, access in enumerate(history.accesses, 1):
            for frame, (page, used) in enumerate(zip(access.frames, access.used, strict=True)):
                _draw_cell(axes, number, frame, page, used, access)
        asked = [str(access.page) for access in history.accesses]
        axes.set_xticks(range(1, len(asked) + 1), asked)
        axes.set_yticks(range(frames), [f"frame {frame}" for frame in range(frames)])
        axes.set(xlim=(0.4, len(asked) + 0.6), ylim=(frames - 0.4, -0.6), xlabel="the page asked for",
                 title=f"{history.hits} of {len(asked)} accesses hit; hatched: read from the file")  # fmt: skip
        axes.grid(visible=False)
    figure.set_label(str(history.table()))
    return figure


def _draw_cell(axes, number, frame, page, used, access):
    if page == EMPTY:
        return
    asked = page == access.page
    colour = (_HIT if access.hit else _READ) if asked else style.GRID
    axes.bar(number, 0.8, 0.8, frame - 0.4, facecolor="white", edgecolor=colour, linewidth=2.5 if asked else 1,
             hatch="////" if asked and not access.hit else "")  # fmt: skip
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
    axes.annotate(f"{page}", (number, frame - 0.08), ha="center", va="center", fontsize=11, bbox=box)
    axes.annotate("•" * used, (number, frame + 0.25), ha="center", va="center", fontsize=8, color=style.INK)
