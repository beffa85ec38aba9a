"""How things look in a notebook: results as tables, figures as pictures with their words beside them."""

import html
import io

_TABLE = '<table style="border-collapse: collapse">'
_CELL = 'style="padding: 0.2em 0.8em; text-align: right"'


def register(shell):
    """Teach the notebook `shell` to show them; nothing is imported for it before one is shown."""
    formatters = shell.display_formatter.formatters
    formatters["text/html"].for_type_by_name("shmlab.table", "Tabled", as_html)
    formatters["image/png"].for_type_by_name("matplotlib.figure", "Figure", _as_picture)


def as_html(result):
    """The table of a result as HTML, its headings marked as such for screen readers."""
    table = result.table()
    caption = f"<p>{html.escape(table.caption)}</p>" if table.caption else ""
    note = f"<pre>{html.escape(table.note)}</pre>" if table.note else ""
    if not table.rows:
        return caption + note
    head = "".join(f'<th scope="col" {_CELL}>{html.escape(heading)}</th>' for heading in table.headings)
    rows = "".join(
        "<tr>" + "".join(f"<td {_CELL}>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows
    )
    return f"{caption}{_TABLE}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{note}"


def as_png(figure):
    """A Figure as the bytes of a PNG."""
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=100)
    return stream.getvalue()


def _as_picture(figure):
    """The PNG, and as its alternative text what the figure carries as its label."""
    return as_png(figure), {"alt": figure.get_label() or "a figure"}
