"""Curves with their names at their right ends. Of more than MOST_STRONG only one of each family has a colour."""

import dataclasses
import math

from shmlab.show import style
from shmlab.transports import DEFAULT, FAMILIES, TRANSPORTS

MOST_STRONG = 6
# One look for each family: Okabe and Ito's colours without yellow, which is hardly visible on white.
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
    """One named line and its points. `lows`, `highs`: the band around it. `better`: the highest leads its family."""

    name: str
    xs: tuple
    ys: tuple
    lows: tuple = ()
    highs: tuple = ()
    better: float = 0.0


@dataclasses.dataclass(frozen=True)
class Look:
    """How a curve is drawn; `strong`: whether the reader shall see it first."""

    colour: str
    line: object
    marker: str
    strong: bool


def looks(curves):
    """Return a dict, name -> Look. Up to six transports have a colour each; of more, one of each family has a colour.

    It is the family's member in DEFAULT, else its fastest. A curve that is no transport, as memcpy's, is drawn faint.
    """
    transports = [curve for curve in curves if curve.name in TRANSPORTS]
    context = {curve.name: Look(style.FAINT, (0, (2, 2)), None, False) for curve in curves if curve not in transports}
    families = {TRANSPORTS[curve.name].family for curve in transports}
    one_of_each_family = len(families) == len(transports)  # then each has its family's look, as in all pictures
    if not one_of_each_family and len(transports) <= MOST_STRONG:
        styles = zip(style.PROCESS_COLOURS, style.LINES, style.MARKERS, strict=True)
        return context | {curve.name: Look(*one, True) for curve, one in zip(transports, styles, strict=False)}
    leaders = {}
    for curve in sorted(transports, key=lambda one: (one.name in DEFAULT, one.better)):
        leaders[TRANSPORTS[curve.name].family] = curve.name
    return context | {curve.name: _family_look(curve.name, leaders) for curve in transports}


def _family_look(name, leaders):
    family = TRANSPORTS[name].family
    if leaders[family] == name:
        return Look(*FAMILY_LOOKS[family], True)
    return Look(style.FAINT, "-", None, False)


def draw(axes, curves):
    """Draw curves and their names. The caller sets both scales before."""
    look_of = looks(curves)
    for curve in sorted(curves, key=lambda one: look_of[one.name].strong):
        look = look_of[curve.name]
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
    _write_names(axes, curves, look_of)


def _write_names(axes, curves, look_of):
    """Write the names at the right without overlap, in the order of the curves' ends; thin lines lead to the ends."""
    bottom, top = map(math.log10, axes.get_ylim())
    height = axes.get_figure().get_size_inches()[1] * axes.get_position().height * 0.85
    least = (top - bottom) * (0.175 if len(curves) > MOST_STRONG else 0.22) / height
    ordered = sorted(curves, key=lambda curve: curve.ys[-1])
    places = apart([math.log10(curve.ys[-1]) for curve in ordered], least)
    axes.set_ylim(10 ** min(bottom, places[0] - least), 10 ** max(top, places[-1] + least))
    for curve, place in zip(ordered, places, strict=True):
        look = look_of[curve.name]
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
    """Return ascending heights, moved as little as possible so that neighbours are at least `least` apart.

    Subtract from each height the room that the names below it need: the results must not descend. Pooling neighbours
    that do (isotonic regression) changes the heights least, in the sum of squares.
    """
    pools = []
    for index, height in enumerate(heights):
        pools.append([height - index * least, 1])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (late, count), (early, before) = pools.pop(), pools.pop()
            pools.append([(late * count + early * before) / (count + before), count + before])
    flat = [value for value, count in pools for _ in range(count)]
    return [value + index * least for index, value in enumerate(flat)]
