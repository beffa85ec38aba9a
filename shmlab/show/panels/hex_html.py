"""The bytes and the fields of the hex view as HTML. Every range of bytes has its field's name below it, so that no
meaning depends on colour alone."""

import html

from shmlab.observe import hexdump
from shmlab.show.style import process_colour

_MOST_FIELDS = 100
LOOK = """<style>
table.shmlab-hex {border-collapse: collapse; font-family: var(--jp-code-font-family, monospace); font-size: 13px}
table.shmlab-hex td, table.shmlab-hex th {padding: 0.1em 0.5em; text-align: left; border: none; color: inherit}
table.shmlab-hex caption {text-align: left; font-weight: bold}
table.shmlab-hex td.name {font-size: 11px; padding: 0 1px; max-width: 0; overflow: hidden; white-space: nowrap;
  text-overflow: ellipsis}
table.shmlab-hex td.changed {outline: 2px solid currentColor; outline-offset: -2px; font-weight: bold}
table.shmlab-hex td.ascii {padding-left: 1.2em; white-space: pre}
</style>"""
_STRIPES = "repeating-linear-gradient(45deg, #8886 0 2px, transparent 2px 6px)"


def _part_look(parts, at):
    """Return the CSS of a field: its colour as tint and edge; of padding: stripes."""
    if parts[at].name == hexdump.PADDING:
        return f"background: {_STRIPES}; font-weight: normal"
    number = sum(part.name != hexdump.PADDING for part in parts[:at])
    colour = process_colour(number)
    return f"background: {colour}44; border-bottom: 3px solid {colour}; font-weight: normal"


def rows(data, first, parts, changed):
    """Return `data` as HTML, in rows of 16 bytes.

    `first`: offset of the first byte. `parts`: its fields. `changed`: offsets of the bytes to mark.
    """
    head = "".join(f'<th scope="col">{column:x}</th>' for column in range(hexdump.ROW))
    body = "".join(_row_as_html(offset, row, parts, changed) for offset, row in hexdump.rows(data, first))
    return (
        '<table class="shmlab-hex"><caption>Bytes, in hexadecimal</caption>'
        f'<thead><tr><th scope="col">offset</th>{head}<th scope="col">ASCII</th></tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _row_as_html(offset, row, parts, changed):
    """Return a row of bytes, and below it a row with the names of their fields."""
    owners = [next((at for at, part in enumerate(parts) if part.offset <= place < part.end), None)
              for place in range(offset, offset + len(row))]  # fmt: skip
    cells = []
    for place, (byte, owner) in enumerate(zip(row, owners, strict=True), offset):
        look = f' style="{_part_look(parts, owner)}"' if owner is not None else ""
        title = f' title="{html.escape(parts[owner].name)}"' if owner is not None else ""
        marked = f' class="changed" aria-label="{byte:02x}, changed"' if place in changed else ""
        cells.append(f"<td{marked}{look}{title}>{byte:02x}</td>")
    empty = "<td></td>" * (hexdump.ROW - len(row))
    letters = html.escape("".join(map(hexdump.printable, row)))
    shown = f'<tr><th scope="row">{offset:#06x}</th>{"".join(cells)}{empty}<td class="ascii">{letters}</td></tr>'
    named = any(owner is not None for owner in owners)
    return shown + (f"<tr><td></td>{_names_as_html(owners, parts)}</tr>" if named else "")


def _names_as_html(owners, parts):
    """Return a cell for each range of bytes that belong to one field."""
    cells, at = [], 0
    while at < len(owners):
        length = next((end for end in range(at, len(owners)) if owners[end] != owners[at]), len(owners)) - at
        name = html.escape(parts[owners[at]].name) if owners[at] is not None else ""
        cells.append(f'<td class="name" colspan="{length}" title="{name}">{name}</td>')
        at += length
    return "".join(cells)


def fields(name, values, changed):
    """Return the fields as a table. `values`: (Part, its value in words); `changed`: offsets of changed bytes."""
    parts = [part for part, _ in values]
    rows = []
    for at, (part, value) in enumerate(values[:_MOST_FIELDS]):
        mark = "" if changed.keys().isdisjoint(part.places) else "● changed"
        cells = (str(part.offset), str(part.size), part.type, value, mark)
        columns = "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
        rows.append(f'<tr><th scope="row" style="{_part_look(parts, at)}">{html.escape(part.name)}</th>{columns}</tr>')
    more = len(values) - len(rows)
    rows += [f'<tr><td colspan="6">… {more} fields more</td></tr>'] if more else []
    head = "".join(
        f'<th scope="col">{word}</th>' for word in ("field", "offset", "bytes", "type", "value", "since the last look")
    )
    return (
        f'<table class="shmlab-hex"><caption>Fields of {html.escape(name)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )
