"""Curves that carry their names at their right ends: few in strong colours, or many with one leader of each family."""

import dataclasses
import math

from shmlab.show import style
from shmlab.transports import DEFAULT, FAMILIES, TRANSPORTS

MOST_STRONG = 6
# One look for each family: Okabe and Ito's colours but for yellow, which white paper swallows.
FAMILY_LOOKS = dict(
    zip(
        FAMILIES,
        (
            ("#0072B2", "-", "o"),
            ("#E69F00", "--", "s"),
            ("#CC79A7", "-.", "^"),
            ("#009E73", (0, (5, 1)), "D"),
            ("#56B4E9", (0, (3, 1, 1, 1)), "v"),
            (style.INK, ":", "P"),
        ),
        strict=True,
    )
)


@dataclasses.dataclass(frozen=True)
class Curve:
    """One named line, its points, and how strongly it is drawn. `better`: what ranks it in its family."""

    name: str
    xs: tuple
    ys: tuple
    lows: tuple = ()
    highs: tuple = ()
    better: float = 0.0


@dataclasses.dataclass(frozen=True)
class Look:
    """How a curve is drawn; `strong` ones are what the reader shall see first."""

    colour: str
    line: object
    marker: str
    strong: bool


def looks(curves):
    """A Look for each curve. Up to six have a colour each; of more, one of each family has its family's.

    That is the one that everybody knows (DEFAULT), or else the best. What is no transport is there to compare with.
    """
    known = [curve for curve in curves if curve.name in TRANSPORTS]
    context = {curve.name: Look(style.FAINT, (0, (2, 2)), None, False) for curve in curves if curve not in known}
    families = {TRANSPORTS[curve.name].family for curve in known}
    if len(families) < len(known) <= MOST_STRONG:  # with one of each, the family's look is the same in all pictures
        styles = zip(style.PROCESS_COLOURS, style.LINES, style.MARKERS, strict=True)
        return context | {curve.name: Look(*one, True) for curve, one in zip(known, styles, strict=False)}
    leaders = {}
    for curve in sorted(known, key=lambda one: (one.name in DEFAULT, one.better)):
        leaders[TRANSPORTS[curve.name].family] = curve.name
    return context | {curve.name: _family_look(curve.name, leaders) for curve in known}


def _family_look(name, leaders):
    family = TRANSPORTS[name].family
    if leaders[family] == name:
        return Look(*FAMILY_LOOKS[family], True)
    return Look(style.FAINT, "-", None, False)


def draw(axes, curves):
    """The curves with their names; both scales must have been set before."""
    seen = looks(curves)
    for curve in sorted(curves, key=lambda one: seen[one.name].strong):
        look = seen[curve.name]
        axes.plot(
            curve.xs,
            curve.ys,
            color=look.colour,
            linestyle=look.line,
            marker=look.marker,
            markersize=6,
            linewidth=2 if look.strong else 0.9,
            alpha=1 if look.strong else 0.7,
            zorder=3 if look.strong else 2,
        )
        if curve.lows and look.strong:
            axes.fill_between(curve.xs, curve.lows, curve.highs, color=look.colour, alpha=0.15, linewidth=0)
    _name(axes, curves, seen)


def _name(axes, curves, seen):
    """Names at the right, no two over each other, in the order of the curves' ends; a thin line leads to the end."""
    bottom, top = map(math.log10, axes.get_ylim())
    height = axes.get_figure().get_size_inches()[1] * axes.get_position().height * 0.85
    least = (top - bottom) * (0.175 if len(curves) > MOST_STRONG else 0.22) / height
    ordered = sorted(curves, key=lambda curve: curve.ys[-1])
    places = apart([math.log10(curve.ys[-1]) for curve in ordered], least)
    axes.set_ylim(10 ** min(bottom, places[0] - least), 10 ** max(top, places[-1] + least))
    for curve, place in zip(ordered, places, strict=True):
        look = seen[curve.name]
        axes.annotate(
            curve.name,
            (curve.xs[-1], curve.ys[-1]),
            xytext=(1.03, 10**place),
            textcoords=("axes fraction", "data"),
            va="center",
            color=look.colour,
            fontsize=10.5 if look.strong else 9,
            fontweight="bold" if look.strong else "normal",
            arrowprops={
                "arrowstyle": "-",
                "color": look.colour,
                "linewidth": 0.5,
                "shrinkA": 1,
                "shrinkB": 4,
                "relpos": (0, 0.5),
            },
        )


def apart(heights, least):
    """These ascending heights, moved as little as can be so that neighbours are at least `least` apart.

    Less the room that those below need, they must not descend: pooling neighbours that do (isotonic
    regression) is the least change in squares.
    """
    pools = []
    for index, height in enumerate(heights):
        pools.append([height - index * least, 1])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (late, count), (early, before) = pools.pop(), pools.pop()
            pools.append([(late * count + early * before) / (count + before), count + before])
    flat = [value for value, count in pools for _ in range(count)]
    return [value + index * least for index, value in enumerate(flat)]
