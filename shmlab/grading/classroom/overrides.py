"""Points that a teacher sets by hand, in a CSV that grading reads and never writes, so that they last.

Its columns: learner, exercise, item, points, comment. `learner` is a name or an id as the tables show it, or an e-mail;
`item` is * for a whole notebook: its items then share the points as they share those of the exercise.
"""

import collections
import dataclasses
import math

from shmlab.grading.classroom.roster import read_csv
from shmlab.grading.results import PARTLY, RIGHT, WRONG
from shmlab.grading.submissions.learner_names import normal

COLUMNS = ("learner", "exercise", "item", "points", "comment")
_MOST_NAMED = 10
_WHOLE = "*"  # for an item: all of them
_CURE = f"its first line is {','.join(COLUMNS)}, and each further one sets the points of one item"


@dataclasses.dataclass(frozen=True)
class Override:
    """One line of the file, from 1 for the first below the headings. `points`: a number from 0."""

    line: int
    learner: str
    exercise: str
    item: str
    points: float
    comment: str


def read(path):
    """Return the Overrides in a file. Raises OSError, and ValueError for a line that says no points, naming it, and for
    two about one item."""
    headings, lines = read_csv(path, _CURE)
    if missing := [name for name in COLUMNS[:-1] if name not in headings]:
        raise ValueError(f"{path} has no column {', '.join(missing)}, only {', '.join(headings)}: {_CURE}")
    found = [_override(path, number, line) for number, line in enumerate(lines, start=1)]
    times = collections.Counter((normal(one.learner), one.exercise, one.item) for one in found)
    if twice := [" ".join(key) for key, count in times.items() if count > 1]:
        raise ValueError(f"{path} has several lines for {', '.join(twice)}: keep one")
    return found


def _override(path, number, line):
    try:
        points = float(line["points"].strip().replace(",", "."))
    except ValueError:
        points = math.nan
    if not 0 <= points < math.inf:
        where = f"{path}, line {number} below the headings"
        if separated := next((one for one in ";\t" if line["learner"].count(one) >= len(COLUMNS) - 2), ""):
            name = {";": "semicolons", "\t": "tabs"}[separated]
            raise ValueError(
                f"{where}, is separated by {name}, and the first line is not: use one of both in all lines"
            )
        raise ValueError(f"{where}: points is {line['points']!r}, not a number from 0")
    texts = (line[name].strip() for name in ("learner", "exercise", "item"))
    return Override(number, *texts, points, " ".join(line.get("comment", "").split()))


def apply(overrides, rows, path):
    """Return (the Rows with the points that Overrides set, sentences about those of other exercises).

    Raises ValueError for an override of a learner or an item that is not there, of more points than there are, or of
    what another one has set, naming its line in the file `path`.
    """
    exercises = {row.exercise for row in rows}
    others = [one for one in overrides if one.exercise not in exercises]
    changed = list(rows)
    for one in overrides:
        if one.exercise in exercises:
            at = _place(one, changed, path)
            for each in _of_items(one, changed[at], path):
                changed[at] = _changed(changed[at], each, path)
    names = ", ".join(sorted({one.exercise or "no exercise" for one in others}))
    return changed, [f"{path}: {len(others)} not used, for exercises not graded now ({names})."] if others else []


def _place(one, rows, path):
    wanted = normal(one.learner)
    found = [at for at, row in enumerate(rows) if row.exercise == one.exercise and wanted in _names(row)]
    if len(found) == 1:
        return found[0]
    there = sorted({_called(row) for row in rows if row.exercise == one.exercise})
    there = [*there[:_MOST_NAMED], *([f"{len(there) - _MOST_NAMED} others"] if len(there) > _MOST_NAMED else [])]
    what = "nobody is" if not found else f"{len(found)} learners are"
    raise ValueError(f"{_where(one, path)}: {what} {one.learner!r} in {one.exercise}: there is {', '.join(there)}")


def _called(row):
    return row.learner if row.id == row.learner else f"{row.learner} ({row.id})"


def _names(row):
    of_person = (row.person.email, row.person.login) if row.person else ()
    return {normal(name) for name in (row.id, row.learner, *of_person) if name}


def _where(one, path):
    return f"{path}, line {one.line} below the headings"


def _of_items(one, row, path):
    """An Override of a whole notebook as those of its items; any other alone."""
    if one.item != _WHOLE:
        return [one]
    if one.points > row.points:
        raise ValueError(f"{_where(one, path)}: {one.points:g} points, but {row.exercise} has {row.points:g}")
    found, before, given = [], 0.0, 0.0
    for item in row.items:  # in hundredths, and their sum is what was set
        before += item.points
        upto = round(one.points * before / row.points, 2)
        found.append(dataclasses.replace(one, item=item.name, points=round(upto - given, 2)))
        given = upto
    return found


def _changed(row, one, path):
    if one.item not in {item.name for item in row.items}:
        there = ", ".join(item.name for item in row.items)
        raise ValueError(
            f"{_where(one, path)}: {one.exercise} has no item {one.item!r}: there is {there}, or {_WHOLE} for all"
        )
    if one.item in row.by_hand:
        raise ValueError(f"{_where(one, path)}: another line sets the points of {one.item} too: keep one")
    items = []
    for item in row.items:
        if item.name == one.item:
            if one.points > item.points:
                raise ValueError(f"{_where(one, path)}: {one.points:g} points, but {item.name} has {item.points:g}")
            sentence = _sentence(item, one)
            status = _status(item, one.points)
            misconception = "" if status == RIGHT else item.misconception
            item = dataclasses.replace(
                item, score=one.points, status=status, note=sentence, misconception=misconception
            )
        items.append(item)
    result = dataclasses.replace(row.result, items=tuple(items))
    decisions, by_hand = (*row.decisions, f"{one.item}: {sentence}"), (*row.by_hand, one.item)
    return dataclasses.replace(row, result=result, decisions=decisions, by_hand=by_hand)


def _sentence(item, one):
    was = "not judged" if item.score is None else f"{item.score:g}"
    points = "1 point" if one.points == 1 else f"{one.points:g} points"
    return f"{points} by the teacher's decision, instead of {was}" + (f": {one.comment}" if one.comment else "")


def _status(item, points):
    return RIGHT if points == item.points else PARTLY if points else WRONG
