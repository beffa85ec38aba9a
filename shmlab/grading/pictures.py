"""The pictures of a class report; the tables beside them say the same."""

import base64
import html

from shmlab.show import notebook, style

_MOST_BARS = 25


def distribution(table):
    """A Figure of `reports.distribution`: for each exercise, how many reached each tenth of the points."""
    with style.figure(8, 1.2 + 1.8 * len(table.rows), rows=len(table.rows)) as (figure, axes):
        for row, one in zip(table.rows, [axes] if len(table.rows) == 1 else axes, strict=True):
            counts = [int(cell or 0) for cell in row[1:]]
            one.bar(range(11), counts, color=style.PROCESS_COLOURS[0])
            one.set_title(row[0])
            one.set_xticks(range(11), table.headings[1:])
            one.set_ylabel("learners")
    figure.set_label("how many learners reached each tenth of the points; the table below has the numbers")
    return figure


def shares(table):
    """A Figure of `reports.misconceptions`: how many learners share each."""
    rows = table.rows[:_MOST_BARS][::-1]
    with style.figure(8, 1.2 + 0.35 * len(rows)) as (figure, axes):
        axes.barh([f"{item}: {name}" for _, item, name, _, _ in rows], [int(row[3]) for row in rows],
                  color=style.PROCESS_COLOURS[2])  # fmt: skip
        axes.set_xlabel("learners")
    figure.set_label("how many learners share each misconception; the table below has the numbers")
    return figure


def embedded(figure):
    """A Figure as an image that stands in a page."""
    data = base64.b64encode(notebook.as_png(figure)).decode()
    alt = html.escape(figure.get_label())
    return f'<p><img alt="{alt}" style="max-width: 100%" src="data:image/png;base64,{data}"/></p>'
