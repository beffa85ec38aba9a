"""Draw the pictures of a class report; the tables below them have the same numbers."""

import base64

from markupsafe import Markup
from matplotlib.ticker import MaxNLocator

from shmlab.grading.classroom import webpage
from shmlab.show import notebook_display, style

_MOST_BARS = 25
_SHORTEST_AXIS = 5  # learners; so that one learner of a small class does not look like all of them


def distribution(table):
    """Return a Figure of `tables.distribution`: how many learners reached each tenth of the points, by exercise."""
    count = len(table.rows)
    with style.figure(8, 1.0 + 1.8 * count, rows=count) as (figure, axes):
        for (exercise, *cells), axis in zip(table.rows, [axes] if count == 1 else axes, strict=True):
            bars = axis.bar(range(11), [int(cell or 0) for cell in cells], color=style.PROCESS_COLOURS[0])
            axis.bar_label(bars, cells)
            axis.set_xticks(range(11), table.headings[1:])
            axis.set_ylabel("learners")
            axis.yaxis.set_major_locator(MaxNLocator(integer=True))
            axis.set_ylim(0, max(_SHORTEST_AXIS, *(1.15 * bar.get_height() for bar in bars)))
            if count > 1:
                axis.set_title(exercise, parse_math=False)
    figure.set_label("Bars: how many learners reached each tenth of the points. The table below has the numbers.")
    return figure


def shares(table):
    """Return a Figure of `tables.misconceptions`: how many learners share each one; only the first _MOST_BARS."""
    rows = table.rows[:_MOST_BARS]
    with style.figure(8, 1.0 + 0.35 * len(rows)) as (figure, axes):
        places = range(len(rows))
        bars = axes.barh(places, [int(learners) for _, _, _, learners, *_ in rows], color=style.PROCESS_COLOURS[2])
        axes.bar_label(bars, [share for _, _, _, _, share, *_ in rows], padding=3)
        axes.set_yticks(places, [f"{item}: {name}" for _, item, name, *_ in rows], parse_math=False)
        axes.invert_yaxis()
        axes.set_xlabel(
            "learners" if len(rows) == len(table.rows) else f"learners (the first {_MOST_BARS} of the table)"
        )
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlim(0, max(_SHORTEST_AXIS, *(1.1 * bar.get_width() for bar in bars)))
    figure.set_label("Bars: how many learners share each misconception. The table below has the numbers.")
    return figure


def embedded(figure):
    """Return a Figure as Markup with the image in it. The Figure's label is the alternative text."""
    data = base64.b64encode(notebook_display.as_png(figure)).decode()
    return Markup(webpage.render("picture.html", alt=figure.get_label(), data=data))
