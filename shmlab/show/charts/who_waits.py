"""Draw who waits for whom, and the order in which locks are taken: arrows between names in a circle."""

import itertools
import math

from matplotlib.patches import FancyArrowPatch

from shmlab.show import style

_RADIUS, _SIZE = 1.0, 26  # of the circle of names; points by which an arrow keeps away from them


def of_waits(found):
    """Return the Figure of a WhoWaits: two graphs of one moment, of the processes and of their locks."""
    with style.figure(9, _high(len(found.waits)), columns=2) as (figure, (left, right)):
        names = [f"P{wait.rank}" for wait in found.waits]
        arrows = [
            (f"P{wait.rank}", f"P{holder}", f"for {wait.wants}", wait.rank)
            for wait in found.waits
            for holder in wait.holders
        ]
        _draw(left, names, arrows, [f"P{rank}" for rank in found.circle], "circle")
        left.set_title("Who waits for whom")
        _draw_order(right, found.lock_order)
        figure.get_layout_engine().set(h_pad=0.12)
    return figure


def of_order(found):
    """Return the Figure of a LockOrder: its graph."""
    with style.figure(5, _high(len(_names(found)))) as (figure, axes):
        _draw_order(axes, found)
        figure.get_layout_engine().set(h_pad=0.12)
    return figure


def _draw_order(axes, found):
    arrows = [
        (order.held, order.wanted, "by " + ", ".join(f"P{rank}" for rank in order.ranks), order.ranks[0])
        for order in found.orders
    ]
    _draw(axes, _names(found), arrows, found.circle, "round,pad=0.4")
    axes.set_title("Lock order: held → asked for")


def _names(found):
    return sorted({name for order in found.orders for name in (order.held, order.wanted)})


def _high(names):
    """Return the height in inches that a graph of so many names needs."""
    return 2.6 if names <= 2 else 3.8


def _draw(axes, names, arrows, circle, box):
    """Draw names in a circle, and arrows (from, to, words, rank) between them, thick and red on the `circle`."""
    on = set(itertools.pairwise(circle))
    places = {name: _place(at, len(names)) for at, name in enumerate(names)}
    for start, end, words, rank in arrows:
        bad = (start, end) in on
        colour = style.ERROR if bad else style.process_colour(rank)
        axes.add_patch(
            FancyArrowPatch(places[start], places[end], arrowstyle="-|>", mutation_scale=18, color=colour,
                            linewidth=3 if bad else 1.5, connectionstyle="arc3,rad=-0.22", shrinkA=_SIZE,
                            shrinkB=_SIZE, zorder=2)
        )  # fmt: skip
        (x, y), (to_x, to_y) = places[start], places[end]
        # Beside the middle of the bow, on its outer side.
        middle = (x + to_x) / 2 - 0.2 * (to_y - y), (y + to_y) / 2 + 0.2 * (to_x - x)
        axes.text(*middle, words, ha="center", va="center", fontsize=9, zorder=4,
                  bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})  # fmt: skip
    for name, place in places.items():
        edge = style.ERROR if name in circle else style.FAINT
        axes.text(*place, name, ha="center", va="center", fontweight="bold", zorder=3,
                  bbox={"boxstyle": box, "facecolor": "white", "edgecolor": edge, "linewidth": 2})  # fmt: skip
    note = "no circle" if not circle else f"a circle: {' → '.join(circle)}"
    heights = [y for _, y in places.values()] or [0]
    axes.text(0, min(heights) - 0.8, note, ha="center", va="center", color=style.ERROR if circle else style.INK)
    axes.set(xlim=(-1.75, 1.75), ylim=(min(heights) - 0.95, max(max(heights) + 0.35, 0.6)))
    axes.set_aspect("equal")
    axes.axis("off")


def _place(at, many):
    """Return the place of name number `at`, clockwise from the left for two, from above for more."""
    turn = math.pi / 2 - 2 * math.pi * at / max(1, many) + (math.pi / 2 if many == 2 else 0)
    return (_RADIUS * math.cos(turn), _RADIUS * math.sin(turn)) if many > 1 else (0.0, 0.0)
