"""How results look in a notebook: tables as HTML, figures as pictures with a text alternative."""

import base64
import html
import io

from shmlab.base.interrupts import undisturbed

_TABLE = '<table style="border-collapse: collapse">'
_CELL = 'style="padding: 0.2em 0.8em; text-align: right"'


def register(shell):
    """Register how the notebook `shell` shows results. Types are given by name, so that this imports none of them."""
    formatters = shell.display_formatter.formatters
    formatters["text/html"].for_type_by_name("shmlab.base.table", "Tabled", as_html)
    formatters["text/html"].for_type_by_name("shmlab.explorer.explain.verdict", "Verdict", verdict_as_html)
    formatters["text/html"].for_type_by_name("shmlab.observe.address_spaces", "AddressSpaces", drawn_as_html)
    formatters["text/html"].for_type_by_name("shmlab.explorer.states", "States", states_as_html)
    formatters["text/html"].for_type_by_name("shmlab.explorer.explain.who_waits", "WhoWaits", drawn_as_html)
    formatters["text/html"].for_type_by_name("shmlab.explorer.explain.who_waits", "LockOrder", drawn_as_html)
    formatters["text/html"].for_type_by_name("shmlab.show.stepped_figure", "Stepped", lambda stepped: stepped.as_html())
    formatters["image/png"].for_type_by_name("matplotlib.figure", "Figure", _as_picture)


def as_html(result):
    """Return a result's table as HTML; its headings are marked for screen readers."""
    table = result.table()
    return _caption(table) + table_as_html(table)


def verdict_as_html(verdict):
    """Return a Verdict as HTML: its sentence, the picture of its witness if it has one, and the table."""
    return as_html(verdict) if verdict.witness is None else drawn_as_html(verdict)


def states_as_html(states):
    """The States of a program as HTML: the picture where they are few enough to be drawn, and the table."""
    try:
        return drawn_as_html(states)
    except ValueError as error:
        return f"{as_html(states)}<p>{html.escape(str(error))}</p>"


def drawn_as_html(result):
    """Return a result as HTML: its caption, its picture, and the table."""
    with undisturbed():  # if an interrupt stops the import of matplotlib half-way, it cannot be imported again
        from shmlab.show.plotting import plot  # only now: a program that shows no picture does not load matplotlib

    table = result.table()
    return f"{_caption(table)}<p>{picture_as_html(plot(result))}</p>{table_as_html(table)}"


def _caption(table):
    if not table.caption:
        return ""
    lines = ' style="white-space: pre-line"' if "\n" in table.caption else ""
    return f"<p{lines}>{html.escape(table.caption)}</p>"


def table_as_html(table):
    """Return the rows of a Table, and its note, as HTML."""
    note = f"<pre>{html.escape(table.note)}</pre>" if table.note else ""
    if not table.rows:
        return note
    head = "".join(f'<th scope="col" {_CELL}>{html.escape(heading)}</th>' for heading in table.headings)
    rows = "".join(
        "<tr>" + "".join(f"<td {_CELL}>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows
    )
    return f"{_TABLE}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{note}"


def picture_as_html(figure):
    """Return a Figure as HTML; its label is the alternative text."""
    data = base64.b64encode(as_png(figure)).decode()
    return f'<img alt="{html.escape(figure.get_label())}" style="max-width: 100%" src="data:image/png;base64,{data}"/>'


def as_png(figure):
    """Return a Figure as the bytes of a PNG."""
    stream = io.BytesIO()
    with undisturbed():  # else an interrupt may be lost in matplotlib's compiled code, and a ValueError be raised
        figure.savefig(stream, format="png", dpi=100)
    return stream.getvalue()


def _as_picture(figure):
    """Return the PNG of a Figure, and its metadata: the figure's label as the alternative text."""
    return as_png(figure), {"alt": figure.get_label() or "a figure"}
