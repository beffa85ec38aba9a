"""Draw heaps: their blocks in the order of their offsets, and the free list as arrows from block to block."""

import itertools

from shmlab.show import style

_USED = style.PROCESS_COLOURS[0]
_MOST_ARROWS = 16  # more of them hide each other


def of_map(heap):
    """Return a Figure of a HeapMap."""
    return _of_maps({"a heap": heap})


def of_churns(churns):
    """Return a Figure with a row for each heap of Churns, as it is at the end."""
    return _of_maps({run.title: run.end for run in churns.runs})


def _of_maps(maps):
    """Return a Figure with a row for each HeapMap. `maps`: title -> HeapMap."""
    with style.figure(11, 0.5 + 1.15 * len(maps), rows=len(maps)) as (figure, axes):
        for row, (title, heap) in zip(axes if len(maps) > 1 else [axes], maps.items(), strict=True):
            _draw(row, title, heap)
    return figure


def _draw(axes, title, heap):
    used = [(block.offset, block.size_bytes) for block in heap.blocks if block.used]
    free = [(block.offset, block.size_bytes) for block in heap.blocks if not block.used]
    axes.broken_barh(used, (0, 1), facecolor=_USED, edgecolor="white", linewidth=0.8)
    axes.broken_barh(free, (0, 1), facecolor="white", edgecolor=style.INK, linewidth=0.8, hatch="..")
    if len(free) <= _MOST_ARROWS:
        for (one, size), (following, _) in itertools.pairwise(free):
            axes.annotate("", (following, 1), (one + size / 2, 1),
                          arrowprops={"arrowstyle": "->", "color": style.INK, "connectionstyle": "arc3,rad=-0.35",
                                      "shrinkA": 0, "shrinkB": 0})  # fmt: skip
    last = heap.blocks[-1]
    axes.set(
        xlim=(heap.blocks[0].offset, last.offset + last.size_bytes), ylim=(0, 2), yticks=[], xlabel="offset, bytes"
    )
    axes.grid(visible=False)
    axes.spines["left"].set_visible(False)
    axes.set_title(f"{title}: blue is used, dotted is free", fontsize=11)
