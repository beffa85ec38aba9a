"""A page to draw on, measured in points: texts whose width is known before they are placed, boxes, arrows.

The origin is the upper left corner. Everything a picture says goes through `Page.write`, so that nothing
overlaps by surprise: who lays out asks `width`, `wrapped` and `shortened` first.
"""

import functools
import typing

from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.text import Text

from shmlab.show import style

_DPI = 100
_POINTS_AN_INCH = 72
_SAFETY = 1.02  # letters are up to so much wider at another resolution
_UNKNOWN = "\N{REPLACEMENT CHARACTER}"
_MARKS = "_.[,=("  # a long word may be broken after one of them


class Font(typing.NamedTuple):
    """How letters look; `size` in points."""

    size: float
    bold: bool = False
    mono: bool = False

    @property
    def line(self):
        """From one line to the next, in points."""
        return 1.4 * self.size

    @property
    def properties(self):
        return _properties(self)


@functools.cache
def _properties(font):
    family = "DejaVu Sans Mono" if font.mono else "DejaVu Sans"  # both come with matplotlib
    return font_manager.FontProperties(family=family, size=font.size, weight="bold" if font.bold else "normal")


@functools.cache
def _letters(font):
    return font_manager.get_font(font_manager.findfont(font.properties))


@functools.cache
def _ruler():
    return FigureCanvasAgg(Figure(dpi=_DPI)).get_renderer()


def printable(text, font):
    """The text without what the font has no letter for: a learner's line may hold anything."""
    letters = _letters(font)
    return "".join(" " if ord(one) < 32 else one if letters.get_char_index(ord(one)) else _UNKNOWN for one in text)


@functools.lru_cache(maxsize=20_000)
def width(text, font):
    """How many points wide a line of text is."""
    pixels, _, _ = _ruler().get_text_width_height_descent(printable(text, font), font.properties, ismath=False)
    return pixels * _POINTS_AN_INCH / _DPI * _SAFETY


def shortened(text, font, most):
    """The text, its end replaced by … where it is wider than `most` points."""
    if width(text, font) <= most:
        return text
    return text[: _fitting(text, font, most - width("…", font))].rstrip() + "…"


def wrapped(text, font, most, lines=None):
    """The text as a list of lines no wider than `most` points; the last of `lines` ends in … if there are more."""
    found, rest = [], text.strip()
    while rest and width(rest, font) > most:
        if lines is not None and len(found) == lines - 1:
            break
        end = _break(rest, max(1, _fitting(rest, font, most)))
        found.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*found, shortened(rest, font, most)] if rest else found


def _break(text, most):
    """Where to break a line of at most so many letters: at a space, or within a long word after a mark."""
    space = text.rfind(" ", 1, most + 1)
    if space > most // 3:
        return space
    mark = max(text.rfind(one, 1, most) for one in _MARKS) + 1
    return mark if mark > most // 3 else most


def _fitting(text, font, most):
    """How many letters of the text fit into so many points."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if width(text[:middle], font) <= most else (low, middle - 1)
    return low


def tint(colour, share):
    """The colour thinned with white; `share` of it is left."""
    return tuple(1 - share * (1 - part) for part in to_rgb(colour))


def readable_on(colour):
    """Black or white ink, whichever stands out more from a colour (relative luminance, WCAG 2)."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
    luminance = sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return "white" if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 else style.INK


class Page:
    """A Figure of so many points, and what is put on it."""

    def __init__(self, wide, high):
        size = wide / _POINTS_AN_INCH, high / _POINTS_AN_INCH
        self.figure = Figure(figsize=size, dpi=_DPI, facecolor="white", layout="none")
        self._axes = self.figure.add_axes((0, 0, 1, 1))
        self._axes.set(xlim=(0, wide), ylim=(high, 0))
        self._axes.set_axis_off()

    def write(self, x, top, text, font, colour=style.INK, align="left"):
        """One line of text, its upper edge at `top`."""
        self._axes.add_artist(
            Text(x, top + 1.08 * font.size, printable(text, font), color=colour, fontproperties=font.properties,
                 ha=align, va="baseline", parse_math=False, usetex=False, zorder=5)
        )  # fmt: skip

    def box(self, x, top, wide, high, *, edge, fill="white", thick=1.2, rounding=4, dashed=False, order=3):
        """A rectangle; `rounding` is the radius of its corners."""
        self._axes.add_patch(
            FancyBboxPatch((x, top), wide, high, boxstyle=f"round,pad=0,rounding_size={rounding}", edgecolor=edge,
                           facecolor=fill, linewidth=thick, linestyle="--" if dashed else "-", zorder=order)
        )  # fmt: skip

    def line(self, points, colour, *, thick=1.2, dashed=False, order=2):
        """A line through points."""
        xs, ys = zip(*points, strict=True)
        dashes = (0, (4, 3)) if dashed else "-"
        self._axes.add_line(Line2D(xs, ys, color=colour, linewidth=thick, linestyle=dashes, zorder=order, marker="",
                                   solid_capstyle="butt"))  # fmt: skip

    def arrow(self, start, end, colour, *, both=False, thick=1.8, dashed=False):
        """A straight arrow; with `both`, a head at each end."""
        self._axes.add_patch(
            FancyArrowPatch(start, end, arrowstyle="<|-|>" if both else "-|>", mutation_scale=11, color=colour,
                            linewidth=thick, linestyle=(0, (3, 2)) if dashed else "-", shrinkA=0, shrinkB=0, zorder=4)
        )  # fmt: skip
