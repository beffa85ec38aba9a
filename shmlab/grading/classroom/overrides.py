"""Apply points that a teacher sets by hand, from a CSV that grading reads and never writes, so that they last.

Its columns are learner, exercise, item, points, comment. `learner` is a name or an id as in the tables, or an e-mail
address. `item` is * for a whole notebook: the points are then divided among its items in proportion to their points,
and said once.
"""

import collections
import dataclasses
import math

from shmlab.grading.classroom.roster import read_csv
from shmlab.grading.results import PARTLY, RIGHT, WRONG
from shmlab.grading.submissions.learner_names import normal

COLUMNS = ("learner", "exercise", "item", "points", "comment")
_MOST_NAMED = 10
_WHOLE = "*"  # as an item: all items
_CURE = f"its first line is {','.join(COLUMNS)}, and each further one sets the points of one item"


@dataclasses.dataclass(frozen=True)
class Override:
    """Hold one line of the file. `line`: its number, 1 for the first below the headings. `points`: a number from 0."""

    line: int
    learner: str
    exercise: str
    item: str
    points: float
    comment: str


def read(path):
    """Return the Overrides in a file.

    Raises OSError, and ValueError for a line without points, with its number, and for two lines about the same item.
    """
    headings, lines = read_csv(path, _CURE)
    if missing := [name for name in COLUMNS[:-1] if name not in headings]:
        raise ValueError(f"{path} has no column {', '.join(missing)}, only {', '.join(headings)}: {_CURE}")
    overrides = [_override(path, number, line) for number, line in enumerate(lines, start=1)]
    times = collections.Counter((normal(override.learner), override.exercise, override.item) for override in overrides)
    if twice := [" ".join(key) for key, count in times.items() if count > 1]:
        raise ValueError(f"{path} has several lines for {', '.join(twice)}: keep one")
    return overrides


def _override(path, number, line):
    try:
        points = float(line["points"].strip().replace(",", "."))
    except ValueError:
        points = math.nan
    if not 0 <= points < math.inf:
        where = f"{path}, line {number} below the headings"
        if separator := next((char for char in ";\t" if line["learner"].count(char) >= len(COLUMNS) - 2), ""):
            name = {";": "semicolons", "\t": "tabs"}[separator]
            raise ValueError(
                f"{where}, is separated by {name}, and the first line is not: use one of both in all lines"
            )
        raise ValueError(f"{where}: points is {line['points']!r}, not a number from 0")
    texts = (line[name].strip() for name in ("learner", "exercise", "item"))
    comment = " ".join(line.get("comment", "").split())
    if comment.isdecimal():  # what is behind the comma of 1,5
        raise ValueError(
            f"{path}, line {number} below the headings: points is {line['points'].strip()!r} and the comment only "
            f"{comment!r}: write {line['points'].strip()}.{comment}, or a comment in words"
        )
    return Override(number, *texts, points, comment)


def apply(overrides, rows, path):
    """Return (the Rows with the points that Overrides set, sentences about Overrides of other exercises).

    Raises ValueError, with the line in the file `path`, for an Override of an unknown learner or item, with more
    points than the item has, or of an item that another line sets.
    """
    exercises = {row.exercise for row in rows}
    others = [override for override in overrides if override.exercise not in exercises]
    changed = list(rows)
    for override in overrides:
        if override.exercise in exercises:
            index = _find_row(override, changed, path)
            if override.item == _WHOLE:
                changed[index] = _change_all(changed[index], override, path)
            else:
                changed[index] = _change(changed[index], override, path)
    names = ", ".join(sorted({override.exercise or "no exercise" for override in others}))
    return changed, [f"{path}: {len(others)} not used, for exercises not graded now ({names})."] if others else []


def _find_row(override, rows, path):
    wanted = normal(override.learner)
    matches = [index for index, row in enumerate(rows) if row.exercise == override.exercise and wanted in _names(row)]
    if len(matches) == 1:
        return matches[0]
    there = sorted({_label(row) for row in rows if row.exercise == override.exercise})
    there = [*there[:_MOST_NAMED], *([f"{len(there) - _MOST_NAMED} more"] if len(there) > _MOST_NAMED else [])]
    subject = "nobody is" if not matches else f"{len(matches)} learners are"
    raise ValueError(
        f"{_where(override, path)}: {subject} {override.learner!r} in {override.exercise}: there is {', '.join(there)}"
    )


def _label(row):
    return row.learner if row.id == row.learner else f"{row.learner} ({row.id})"


def _names(row):
    of_person = (row.person.email, row.person.login) if row.person else ()
    return {normal(name) for name in (row.id, row.learner, *of_person) if name}


def _where(override, path):
    return f"{path}, line {override.line} below the headings"


def _change_all(row, override, path):
    """Return a Row with the points of an Override of a whole notebook, divided among its items, which keep what the
    check found."""
    if override.points > row.points:
        raise ValueError(f"{_where(override, path)}: {override.points:g} points, but {row.exercise} has {row.points:g}")
    if row.by_hand:
        raise _set_twice(override, row.by_hand[0], path)
    items, before, given = [], 0.0, 0.0
    for item in row.items:  # rounded to hundredths so that the sum is exact
        before += item.points
        upto = round(override.points * before / row.points, 2)
        points = round(upto - given, 2)
        status = item.status if item.score is not None else _status(item, points)
        note = f"{points:g} of the {override.points:g} points that your teacher gave for the whole exercise"
        items.append(dataclasses.replace(item, score=points, status=status, note=note))
        given = upto
    notes = *row.result.notes, _sentence(row.score if row.judged else None, override)
    result = dataclasses.replace(row.result, items=tuple(items), notes=notes)
    return dataclasses.replace(row, result=result, by_hand=tuple(item.name for item in row.items))


def _set_twice(override, name, path):
    return ValueError(f"{_where(override, path)}: another line sets the points of {name} too: keep one")


def _change(row, override, path):
    if override.item not in {item.name for item in row.items}:
        there = ", ".join(item.name for item in row.items)
        raise ValueError(
            f"{_where(override, path)}: {override.exercise} has no item {override.item!r}: "
            f"there is {there}, or {_WHOLE} for all"
        )
    if override.item in row.by_hand:
        raise _set_twice(override, override.item, path)
    items = []
    for item in row.items:
        if item.name == override.item:
            if override.points > item.points:
                raise ValueError(
                    f"{_where(override, path)}: {override.points:g} points, but {item.name} has {item.points:g}"
                )
            sentence = _sentence(item.score, override)
            status = _status(item, override.points)
            misconception = "" if status == RIGHT else item.misconception
            item = dataclasses.replace(
                item, score=override.points, status=status, note=sentence, misconception=misconception
            )
        items.append(item)
    result = dataclasses.replace(row.result, items=tuple(items))
    decisions, by_hand = (*row.decisions, f"{override.item}: {sentence}"), (*row.by_hand, override.item)
    return dataclasses.replace(row, result=result, decisions=decisions, by_hand=by_hand)


def _sentence(score, override):
    was = "not judged" if score is None else f"{score:g}"
    points = "1 point" if override.points == 1 else f"{override.points:g} points"
    return f"{points} by the teacher's decision, instead of {was}" + (
        f": {override.comment}" if override.comment else ""
    )


def _status(item, points):
    return RIGHT if points == item.points else PARTLY if points else WRONG
