"""What is said about an item: as HTML for a notebook and a page, as text for a terminal. All text of a learner is
escaped."""

import html
import re

from shmlab.grading.results import MISSING, NOT_DONE, NOT_JUDGED, PARTLY, RIGHT, WRONG
from shmlab.show import style

_SIGNS = {RIGHT: "✓", PARTLY: "◐", WRONG: "✗", MISSING: "✗", NOT_DONE: "○", NOT_JUDGED: "?"}
_CODE = re.compile("`([^`]+)`")
_CELL = "text-align: left; vertical-align: top; padding: 0.1em 0.8em 0.1em 0"


def as_text(item, *, ending=()):
    """Return an ItemResult as lines of text, without the hint: only a page can keep it folded. `ending`: see
    as_html."""
    lines = [f"{_SIGNS[_status(item)]} {_headline(item)}"]
    if item.note:
        lines.append(f"  {item.note}")
    for part, sentence, facts in _told(item):
        lines.append(f"  {_SIGNS[_how(part)]} {': '.join(filter(None, [part.title, sentence]))}")
        lines += [f"      {what}: {said}" for what, said in facts]
        if part.share != 1 and part.text:
            lines += [f"      {line}" for line in part.text.splitlines()]
    lines += [f"  {line}" for line in ending]
    if ending and item.parts:
        lines.append(lines[0])
    return "\n".join(lines)


def as_html(item, *, ending=()):
    """Return an ItemResult as HTML with its pictures. `ending`: sentences below everything else; the headline is
    repeated below them, for a view that shows the lower end."""
    colour = style.ERROR if _status(item) in (PARTLY, WRONG, MISSING) else style.INK
    shown = next((part for part in item.parts if part.share != 1 and part.html), None)  # one interleaving is enough
    parts = "".join(
        _part(part, sentence, facts) + (_interleaving(part) if part is shown else "")
        for part, sentence, facts in _told(item)
    )
    note = f"<p>{html.escape(item.note)}</p>" if item.note else ""
    hint = _hint(item.hint) if any(_how(part) in (PARTLY, WRONG) for part in item.parts) else ""
    # No h3: JupyterLab would take it into the notebook's table of contents.
    words = f"{_sign(_status(item))} <strong>{html.escape(_headline(item))}</strong>"
    last = "".join(f"<p>{html.escape(line)}</p>" for line in ending)
    if ending and item.parts:
        last += f"<p>{words}</p>"
    return (
        f'<div style="border-left: 4px solid {colour}; padding-left: 1em; margin: 1em 0">'
        f'<p role="heading" aria-level="3">{words}</p>{note}{parts}{hint}{last}</div>'
    )


def _hint(hint):
    return f"<details><summary>The next hint</summary><p>{with_code(hint)}</p></details>" if hint else ""


def _part(part, sentence, facts):
    title = f"{_sign(_how(part))} <em>{html.escape(part.title)}</em>"
    said = f": {with_code(sentence)}" if sentence else ""
    if part.share == 1:
        return f"<p>{title}{said}{html.escape(''.join(f' ({what}: {words})' for what, words in facts))}</p>"
    rows = "".join(
        f'<tr><th scope="row" style="{_CELL}; white-space: nowrap">{what}</th>'
        f'<td style="{_CELL}">{with_code(words)}</td></tr>'
        for what, words in facts
    )
    return f"<p>{title}{said}</p>" + (f'<table style="border-collapse: collapse">{rows}</table>' if rows else "")


def with_code(text):
    """Return text as HTML, with what stands between backticks as code."""
    return _CODE.sub(r"<code>\1</code>", html.escape(text))


def _interleaving(part):
    """Return an interleaving as its picture, if it has one, and as the table that says the same."""
    heading = "<p>The smallest interleaving that shows it:</p>"
    if not part.picture:
        return heading + part.html
    alt = html.escape(f"the interleaving that the table below tells step by step: {part.sentence}")
    data = html.escape(part.picture)
    picture = f'<p><img alt="{alt}" style="max-width: 100%" src="data:image/png;base64,{data}"/></p>'
    return f"{heading}{picture}<details><summary>The same as a table</summary>{part.html}</details>"


def _told(item):
    """Yield (part, the sentence beside its title, its facts) for each part. Facts are (what, words): what was called,
    what came back, what was expected, and which misconception it looks like; each of these is explained once."""
    explained = set()
    for part in item.parts:
        if part.share == 1:
            yield part, part.sentence, [("called", part.called)] if part.called else []
            continue
        sentence, back = ("", part.sentence) if part.called and not part.got else (part.sentence, part.got)
        looks = _looks(part, explained)
        found = ("called", part.called), ("came back", back), ("expected", part.expected), ("it looks like", looks)
        yield part, sentence, [(what, said) for what, said in found if said]


def _looks(part, explained):
    known = (part.misconception, part.explanation) in explained
    explained.add((part.misconception, part.explanation))
    if not part.explanation:
        return part.misconception
    return f"{part.misconception}, as above" if known else f"{part.misconception}. {part.explanation}"


def _headline(item):
    if item.score is None:
        return f"{item.name}: not judged ({item.points:g} points)"
    return f"{item.name}: {item.status}, {item.score:g} of {item.points:g} points"


def _status(item):
    return NOT_JUDGED if item.score is None else item.status


def _how(part):
    """Return the status of a part, with the words that an item's status has."""
    if part.share is None:
        return NOT_JUDGED
    return RIGHT if part.share == 1 else PARTLY if part.share else WRONG


def _sign(status):
    """Return the sign of a status; a screen reader reads it out as the word."""
    return f'<span role="img" aria-label="{status}">{_SIGNS[status]}</span>'
