"""What is said about an item: for a notebook and a page as HTML, for a terminal as text. Every word of a learner's is
escaped."""

import html

from shmlab.grading.results import NOT_DONE, NOT_JUDGED, PARTLY, RIGHT
from shmlab.show import style

_SIGNS = {RIGHT: "✓", PARTLY: "◐", NOT_DONE: "○", NOT_JUDGED: "?"}
_ROW = 'style="text-align: left; vertical-align: top; padding: 0.1em 0.8em 0.1em 0"'


def as_text(item):
    """An ItemResult as lines of text."""
    lines = [_headline(item)]
    if item.note:
        lines.append(f"  {item.note}")
    for part in item.parts:
        lines.append(f"  {_sign(part)} {part.title}: {part.sentence}")
        lines += [f"      {what}: {said}" for what, said in _facts(part)]
        if part.share != 1 and part.text:
            lines += [f"      {line}" for line in part.text.splitlines()]
    if item.hint:
        lines.append(f"  hint: {item.hint}")
    return "\n".join(lines)


def as_html(item):
    """An ItemResult as HTML; its pictures stand in it."""
    colour = style.ERROR if item.status not in (RIGHT, NOT_DONE, NOT_JUDGED) else style.INK
    shown = next((part for part in item.parts if part.share != 1 and part.html), None)  # one interleaving is enough
    parts = "".join(_part_as_html(part) + (_interleaving(part) if part is shown else "") for part in item.parts)
    note = f"<p>{html.escape(item.note)}</p>" if item.note else ""
    hint = f"<details><summary>The next hint</summary><p>{html.escape(item.hint)}</p></details>" if item.hint else ""
    return (
        f'<div style="border-left: 4px solid {colour}; padding-left: 1em">'
        f"<p><strong>{html.escape(_headline(item))}</strong></p>{note}{parts}{hint}</div>"
    )


def _part_as_html(part):
    facts = "".join(
        f'<tr><th scope="row" {_ROW}>{what}</th><td {_ROW}>{html.escape(said)}</td></tr>' for what, said in _facts(part)
    )
    table = f'<table style="border-collapse: collapse">{facts}</table>' if facts else ""
    return f"<p>{_sign(part)} <em>{html.escape(part.title)}</em>: {html.escape(part.sentence)}</p>{table}"


def _interleaving(part):
    """The picture, where there is one, and the table, which says the same."""
    alt = html.escape(f"the same interleaving as in the table below: {part.sentence}", quote=True)
    picture = f'<p><img alt="{alt}" style="max-width: 100%" src="data:image/png;base64,{part.picture}"/></p>'
    return f"<p>The smallest interleaving that shows it:</p>{picture if part.picture else ''}{part.html}"


def _facts(part):
    """(what, words) of what was called, what came back, what was expected, and what is behind it."""
    looks = f"{part.misconception}. {part.explanation}" if part.explanation else part.misconception
    found = [("called", part.called)]
    if part.share != 1:
        found += [("came back", part.got), ("expected", part.expected), ("it looks like", looks)]
    return [(what, said) for what, said in found if said]


def _headline(item):
    if item.score is None:
        return f"{_SIGNS[NOT_JUDGED]} {item.name}: not judged ({item.points:g} points)"
    sign = _SIGNS.get(item.status, "✗")
    return f"{sign} {item.name}: {item.status}, {item.score:g} of {item.points:g} points"


def _sign(part):
    if part.share is None:
        return "?"
    return "✓" if part.share == 1 else "◐" if part.share else "✗"
