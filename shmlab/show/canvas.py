"""A page to draw on, measured in points: text, boxes, arrows.

The width of a text must be known before the text is placed, so that nothing overlaps. Therefore layout code calls
`width`, `wrapped` and `shortened` first, and writes all text with `Page.write`, which uses the same fonts. The origin
is the upper left corner; y grows downward.
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
_SAFETY = 1.02  # at another resolution letters are wider by up to this factor
_UNKNOWN = "\N{REPLACEMENT CHARACTER}"
_MARKS = "_.[,=("  # a long word may be broken after one of these


class Font(typing.NamedTuple):
    """A typeface of the page; `size` in points."""

    size: float
    bold: bool = False
    mono: bool = False

    @property
    def line(self):
        """Return the distance from one line to the next, in points."""
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
    """Return the text with � for each letter that the font lacks; a learner's line may hold any letter."""
    letters = _letters(font)
    return "".join(" " if ord(one) < 32 else one if letters.get_char_index(ord(one)) else _UNKNOWN for one in text)


@functools.lru_cache(maxsize=20_000)
def width(text, font):
    """Return the width of a line of text, in points."""
    pixels, _, _ = _ruler().get_text_width_height_descent(printable(text, font), font.properties, ismath=False)
    return pixels * _POINTS_AN_INCH / _DPI * _SAFETY


def shortened(text, font, most):
    """Return the text; if it is wider than `most` points, cut it and end it with …"""
    if width(text, font) <= most:
        return text
    return text[: _fitting(text, font, most - width("…", font))].rstrip() + "…"


def wrapped(text, font, most, lines=None):
    """Return the text as a list of lines of at most `most` points; with `lines`, cut it after so many and end in …"""
    found, rest = [], text.strip()
    while rest and width(rest, font) > most:
        if lines is not None and len(found) == lines - 1:
            break
        end = _break(rest, max(1, _fitting(rest, font, most)))
        found.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*found, shortened(rest, font, most)] if rest else found


def _break(text, most):
    """Return where to break a line of at most `most` letters: at a space, or inside a long word after a mark."""
    space = text.rfind(" ", 1, most + 1)
    if space > most // 3:
        return space
    mark = max(text.rfind(one, 1, most) for one in _MARKS) + 1
    return mark if mark > most // 3 else most


def _fitting(text, font, most):
    """Return how many letters of the text fit into `most` points."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if width(text[:middle], font) <= most else (low, middle - 1)
    return low


def tint(colour, share):
    """Return the colour mixed with white; `share` (0 to 1) is the colour's part."""
    return tuple(1 - share * (1 - part) for part in to_rgb(colour))


def readable_on(colour):
    """Return black or white, whichever has more contrast to a colour (relative luminance, WCAG 2)."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
    luminance = sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return "white" if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 else style.INK


class Page:
    """A Figure of `wide` × `high` points, and verbs that draw on it."""

    def __init__(self, wide, high):
        size = wide / _POINTS_AN_INCH, high / _POINTS_AN_INCH
        self.figure = Figure(figsize=size, dpi=_DPI, facecolor="white", layout="none")
        self._axes = self.figure.add_axes((0, 0, 1, 1))
        self._axes.set(xlim=(0, wide), ylim=(high, 0))
        self._axes.set_axis_off()

    def write(self, x, top, text, font, colour=style.INK, align="left"):
        """Write one line of text; its upper edge is at `top`."""
        self._axes.add_artist(
            Text(x, top + 1.08 * font.size, printable(text, font), color=colour, fontproperties=font.properties,
                 ha=align, va="baseline", parse_math=False, usetex=False, zorder=5)
        )  # fmt: skip

    def box(self, x, top, wide, high, *, edge, fill="white", thick=1.2, rounding=4, dashed=False, order=3):
        """Draw a rectangle; `rounding`: the radius of its corners, in points."""
        self._axes.add_patch(
            FancyBboxPatch((x, top), wide, high, boxstyle=f"round,pad=0,rounding_size={rounding}", edgecolor=edge,
                           facecolor=fill, linewidth=thick, linestyle="--" if dashed else "-", zorder=order)
        )  # fmt: skip

    def line(self, points, colour, *, thick=1.2, dashed=False, order=2):
        """Draw a line through points."""
        xs, ys = zip(*points, strict=True)
        dashes = (0, (4, 3)) if dashed else "-"
        self._axes.add_line(Line2D(xs, ys, color=colour, linewidth=thick, linestyle=dashes, zorder=order, marker="",
                                   solid_capstyle="butt"))  # fmt: skip

    def arrow(self, start, end, colour, *, both=False, thick=1.8, dashed=False):
        """Draw a straight arrow; with `both`, a head at each end."""
        self._axes.add_patch(
            FancyArrowPatch(start, end, arrowstyle="<|-|>" if both else "-|>", mutation_scale=11, color=colour,
                            linewidth=thick, linestyle=(0, (3, 2)) if dashed else "-", shrinkA=0, shrinkB=0, zorder=4)
        )  # fmt: skip
