"""The picture of address spaces: a column for each process, high addresses above, and bands between shared regions."""

from matplotlib.patches import Polygon, Rectangle

from shmlab.ipc import limits
from shmlab.show import style
from shmlab.show.canvas import Font, shortened

_BOX, _GAP, _NAMED_GAP_BYTES = 0.62, 0.12, 2**30  # inches; a gap of this size or more is written into the picture
_NAMED_GAP = 0.3
_WIDE, _BETWEEN = 3.6, 1.2
_TOP, _BELOW = 0.55, 0.75
_COPIES_HATCH = "////"
_NAME, _NAME_POINTS = Font(9, bold=True), (_WIDE - 0.2) * 72
LEGEND = (
    "Bands in colour: one piece of memory, mapped by both (s, shared). Hatched: the same file, but each process\n"
    "has its own copy of each page that it writes (p, private). Grey: its own. Not to scale; unmapped parts are folded."
)


def of_spaces(spaces):
    """Return the Figure of an AddressSpaces."""
    columns = [_box_places(space.regions) for space in spaces.spaces]
    high = max(column[-1][1] + _BOX for column in columns) + _TOP
    wide = len(columns) * (_WIDE + _BETWEEN) - _BETWEEN + 0.2
    wide = max(wide, 7.6)
    colours = _colours(columns)
    with style.figure(wide, high + _BELOW) as (figure, axes):
        axes.set(xlim=(-0.1, wide - 0.1), ylim=(-_BELOW, high))
        axes.axis("off")
        for at, (space, column) in enumerate(zip(spaces.spaces, columns, strict=True)):
            x = at * (_WIDE + _BETWEEN)
            axes.text(x + _WIDE / 2, high - 0.3, space.name, ha="center", weight="bold", size=12)
            _draw_column(axes, x, column, colours)
            if at:
                _draw_bands(axes, x, columns[at - 1], column, colours)
        axes.text(0, -0.25, LEGEND, size=8.5, va="top", color=style.INK)
    return figure


def _box_places(regions):
    """Return [(region, height at which its box begins, gap in bytes below it)], low addresses first."""
    placed, y, before = [], 0.0, None
    for region in regions:
        gap = region.start - before.end if before else 0
        y += 0 if before is None else _BOX + (_NAMED_GAP if gap >= _NAMED_GAP_BYTES else _GAP)
        placed.append((region, y, gap))
        before = region
    return placed


def _colours(columns):
    """Return a dict, identity -> colour, with each object that is mapped as shared."""
    shared = (region for column in columns for region, *_ in column if region.sort == "shared")
    identities = dict.fromkeys(region.identity for region in shared)
    return {one: style.PROCESS_COLOURS[at % len(style.PROCESS_COLOURS)] for at, one in enumerate(identities)}


def _draw_column(axes, x, column, colours):
    for region, y, gap in column:
        colour = colours.get(region.identity) if region.sort == "shared" else None
        hatch = _COPIES_HATCH if region.identity and not colour else None
        axes.add_patch(
            Rectangle((x, y), _WIDE, _BOX, facecolor="white" if hatch else style.GRID, edgecolor=style.FAINT, lw=0.8,
                      hatch=hatch, zorder=2)
        )  # fmt: skip
        if colour:
            axes.add_patch(Rectangle((x, y), _WIDE, _BOX, facecolor=colour, alpha=0.3, edgecolor="none", zorder=2))
            axes.add_patch(Rectangle((x, y), _WIDE, _BOX, fill=False, edgecolor=colour, lw=2.2, zorder=3))
        background = {"facecolor": "white", "edgecolor": "none", "pad": 1.2} if hatch else None
        name = shortened(region.name, _NAME, _NAME_POINTS)
        axes.text(x + 0.1, y + _BOX - 0.12, name, fontproperties=_NAME.properties, va="top", zorder=4, bbox=background)
        facts = f"{region.start:#x}   {limits.in_words(region.size_bytes)}   {region.permissions}"
        axes.text(x + 0.1, y + 0.1, facts, size=8, family="DejaVu Sans Mono", zorder=4, bbox=background)
        if gap >= _NAMED_GAP_BYTES:
            words = f"⋮ {_gap_in_words(gap)} unmapped"
            axes.text(x + _WIDE / 2, y - _NAMED_GAP / 2, words, size=8, ha="center", va="center", color=style.INK)


def _gap_in_words(size_bytes):
    return f"{size_bytes / 2**40:.3g} TiB" if size_bytes >= 2**40 else limits.in_words(size_bytes)


def _draw_bands(axes, right, left_column, right_column, colours):
    left = right - _BETWEEN
    for one, low, _ in left_column:
        for other, other_low, _ in right_column:
            if one.sort != other.sort or not one.overlaps(other):
                continue
            corners = [(left, low), (left, low + _BOX), (right, other_low + _BOX), (right, other_low)]
            if one.sort == "shared":
                colour = colours[one.identity]
                axes.add_patch(Polygon(corners, facecolor=colour, alpha=0.45, edgecolor=colour, lw=1.5, zorder=1))
                words = "shared"
            else:
                axes.add_patch(
                    Polygon(corners, facecolor="white", edgecolor=style.FAINT, hatch=_COPIES_HATCH, lw=0.5, zorder=0)
                )
                words = "copies"
            background = {"facecolor": "white", "edgecolor": "none", "pad": 1.5, "alpha": 0.85}
            middle = (low + other_low + _BOX) / 2
            axes.text((left + right) / 2, middle, words, size=8.5, ha="center", va="center", zorder=5, bbox=background)
