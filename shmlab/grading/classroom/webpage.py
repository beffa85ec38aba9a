"""A page that stands alone: nothing in it is fetched or run, and it can be read on paper."""

import html
import re

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
body {{ font-family: system-ui, sans-serif; color: #1A202C; background: #fff; line-height: 1.4;
  max-width: 62em; margin: 2em auto; padding: 0 1em; overflow-wrap: break-word }}
h2 {{ margin-top: 1.6em; border-bottom: 1px solid #718096 }}
table {{ border-collapse: collapse; margin: 0.3em 0 1em }}
/* The tables of a notebook bring a look of their own, for one screen's width. */
th, td {{ padding: 0.15em 0.8em 0.15em 0 !important; text-align: left !important; vertical-align: top }}
.number {{ text-align: right !important }}
thead th {{ border-bottom: 1px solid #718096; vertical-align: bottom }}
tbody th {{ font-weight: normal }}
pre {{ white-space: pre-wrap }}
img {{ max-width: 100%; height: auto }}
.wide {{ overflow-x: auto }} /* on a phone a wide table moves under the finger, and the page does not */
.warning {{ border: 2px solid #C53030; padding: 0.5em 1em }}
@media (max-width: 40em) {{
  body {{ margin: 1em auto }}
  table {{ display: block; max-width: 100%; overflow-x: auto }}
  th, td {{ white-space: normal !important }}
  .wide td:last-child:not(.number) {{ min-width: 14em }}
}}
@media print {{
  body {{ max-width: none; margin: 0 }}
  h2, h3, [role=heading] {{ break-after: avoid }}
  img, tr {{ break-inside: avoid }}
  details::details-content {{ content-visibility: visible }}
}}
</style></head>
<body><main><h1>{title}</h1>
{body}
</main></body></html>
"""
_NUMBER = re.compile(r"[\d.]*( %|\*)?|[–?]")


def page(title, body):
    """A whole page. `title`: as text; `body`: as HTML."""
    return _PAGE.format(title=html.escape(title), body=body)


def table(found, links=None):
    """A Table as HTML: numbers to the right, the first column as what its row is about. `links`: cell of the first
    column -> where it leads."""
    if not found.rows:
        return ""
    columns = [
        ' class="number"' if all(_NUMBER.fullmatch(cell) for cell in cells) else ""
        for cells in zip(*found.rows, strict=True)
    ]
    head = "".join(
        f'<th scope="col"{look}>{html.escape(heading)}</th>'
        for look, heading in zip(columns, found.headings, strict=True)
    )
    rows = "\n".join(f"<tr>{_cells(row, columns, links or {})}</tr>" for row in found.rows)
    note = f"<p>{html.escape(found.note)}</p>" if found.note else ""
    body = f"<table><thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody></table>"
    return f'<div class="wide">{body}</div>{note}'


def _cells(row, columns, links):
    texts = [html.escape(cell) for cell in row]
    if row[0] in links:
        texts[0] = f'<a href="{html.escape(links[row[0]])}">{texts[0]}</a>'
    first, *others = (f"{look}>{text}" for look, text in zip(columns, texts, strict=True))
    return f'<th scope="row"{first}</th>' + "".join(f"<td{one}</td>" for one in others)
