"""How results look in a notebook, beside their pictures: their own table, as HTML."""

import html

_WITH_TABLES = {
    "shmlab.program": ("Outcome", "Outcomes"),
    "shmlab.race": ("Race",),
    "shmlab.bench": ("Throughput",),
    "shmlab.ipc.listing": ("Listing",),
}


def register(shell):
    """Teach the notebook `shell` to show our results as tables; nothing is imported for it."""
    formatter = shell.display_formatter.formatters["text/html"]
    for module, names in _WITH_TABLES.items():
        for name in names:
            formatter.for_type_by_name(module, name, as_html)


def as_html(result):
    """The table of a result as HTML, its headings marked as such for screen readers."""
    table = result.table()
    caption = f"<p>{html.escape(table.caption)}</p>" if table.caption else ""
    note = f"<pre>{html.escape(table.note)}</pre>" if table.note else ""
    if not table.rows:
        return caption + note
    head = "".join(f'<th scope="col">{html.escape(heading)}</th>' for heading in table.headings)
    rows = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows)
    return f"{caption}<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{note}"
