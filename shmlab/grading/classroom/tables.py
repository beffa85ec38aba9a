"""Make Tables about a class from Rows: scores, points of each item, remarks, what is misunderstood and by whom.

The same rows make the same tables, at any time.
"""

import collections
import statistics

from shmlab.base.plurals import counted
from shmlab.base.table import Table
from shmlab.grading.classroom import rows as row_module
from shmlab.grading.results import MISSING, NOT_DONE, NOT_JUDGED, PARTLY, RIGHT, WRONG
from shmlab.grading.submissions.find import NOTHING

_STATUSES = (RIGHT, PARTLY, WRONG, MISSING, NOT_DONE, NOT_JUDGED)
REMARKS = "What is not judged, and other remarks"


def in_order(rows):
    """Return Rows sorted by learner and exercise."""
    return sorted(rows, key=lambda row: (row.learner, row.exercise))


def by(key, rows):
    """Return `key(row)` -> the Rows with this key, in order."""
    groups = collections.defaultdict(list)
    for row in in_order(rows):
        groups[key(row)].append(row)
    return dict(sorted(groups.items()))


def exercise_of(row):
    """Return the name of a Row's exercise, for people."""
    return row.exercise or "unknown"


def names_not_judged(row):
    """Return the names of the items that were not judged, or "all of it" if no item is known."""
    names = [item.name for item in row.items if item.score is None]
    return ", ".join(names) if row.items else "all of it"


def reached(row):
    """Return the score of a Row for people; "–" if nothing was judged or handed in."""
    if row.absent and not row.by_hand:
        return "–"
    if row.judged:
        return f"{row.score:g}"
    return "–" if all(item.score is None for item in row.items) else f"{row.score:g} or more"


def scores(rows):
    """Return a Table of each learner's score in each exercise. Rows that were not judged come first."""
    ordered = sorted(in_order(rows), key=lambda row: row.judged)
    cells = tuple((row.learner, exercise_of(row), reached(row), f"{row.points:g}", _in_short(row)) for row in ordered)
    unjudged = sum(not row.judged for row in rows)
    note = f"{counted(unjudged, 'notebook')} to be looked at by you: not judged in full" if unjudged else ""
    return Table("", ("learner", "exercise", "score", "of", "remark"), cells, note)


def _in_short(row):
    """Return the remarks that stand beside a Row's score; the table `remarks` has all of them."""
    others = row_module.remarks(row)
    words = [] if row.judged else [f"{NOT_JUDGED}: {names_not_judged(row)}"]
    words += [NOTHING] if row.absent else []
    words += ["late"] if row.late else []
    words += ["changed by you"] if row.by_hand else []
    return "; ".join(words) or ("see below" if others else "")


def remarks(rows):
    """Return a Table of everything that was not judged, with the reason, and of all other remarks, one per line.

    The last lines say who handed in nothing, one for each exercise.
    """
    ordered = sorted(in_order(rows), key=lambda row: row.judged)
    cells = [
        (row.learner, exercise_of(row), about or "the notebook", sentence)
        for row in ordered
        for about, sentence in row_module.remarks(row)
        if sentence != NOTHING
    ]
    for exercise, mine in by(exercise_of, [row for row in rows if row.absent]).items():
        names = ", ".join(row.learner for row in mine)
        cells.append((counted(len(mine), "learner"), exercise, NOTHING, names))
    return Table(REMARKS, ("learner", "exercise", "about", "remark"), tuple(cells))


def points(rows):
    """Return a Table of one exercise: each learner's points in each item."""
    ordered = in_order(rows)
    names = list(dict.fromkeys(item.name for row in ordered for item in row.items))
    most = {item.name: item.points for row in ordered for item in row.items}
    cells = []
    for row in ordered:
        scored = {item.name: _scored(row, item) for item in row.items}
        cells.append((row.learner, *(scored.get(name, "") for name in names), reached(row)))
    headings = ("learner", *(f"{name} ({most[name]:g})" for name in names), "sum")
    signs = {"?": "?: not judged", "*": "*: set by you", "–": "–: nothing was handed in"}
    note = "; ".join(
        meaning for sign, meaning in signs.items() if any(sign in cell for line in cells for cell in line[1:-1])
    )
    return Table("Points of each learner", headings, tuple(cells), note)


def _scored(row, item):
    if item.score is None:
        return "?"
    if row.absent and item.name not in row.by_hand:
        return "–"
    return f"{item.score:g}{'*' if item.name in row.by_hand else ''}"


def overview(rows):
    """Return a Table of how many learners handed in each exercise, and what they reached."""
    cells = []
    for exercise, all_of_it in by(exercise_of, rows).items():
        mine = [row for row in all_of_it if not row.absent]
        sums = [row.score for row in mine if row.judged]
        middle = (f"{statistics.median(sums):.3g}", f"{statistics.fmean(sums):.3g}") if sums else ("–", "–")
        full = sum(row.judged and row.score == row.points for row in mine)
        missing, left = len(all_of_it) - len(mine), len(mine) - len(sums)
        most = max(row.points for row in all_of_it)
        cells.append((exercise, str(len(mine)), str(missing), str(left), *middle, f"{most:g}", str(full)))
    headings = "exercise", "notebooks", "nothing handed in", "not judged", "median", "mean", "of points"
    return Table("", (*headings, "with all points"), tuple(cells))


def misconceptions(rows, *, who=False):
    """Return a Table of how many learners who handed in share each misconception, by exercise and item.

    `who`: whether to add a column with their names.
    """
    shared, handed_in = collections.defaultdict(list), collections.Counter()
    for row in in_order(rows):
        handed_in[exercise_of(row)] += not row.absent
        for item in row.items:
            if item.misconception:
                shared[exercise_of(row), item.name, item.misconception].append(row.learner)
    ordered = sorted(shared.items(), key=lambda pair: (pair[0][0], -len(pair[1]), pair[0]))
    cells = tuple(
        (exercise, item, name, str(len(learners)), f"{100 * len(learners) / handed_in[exercise]:.0f} %")
        + ((", ".join(learners),) if who else ())
        for (exercise, item, name), learners in ordered
    )
    headings = ("exercise", "item", "it looks like", "learners", "share", *(("who",) if who else ()))
    return Table("What is misunderstood, and by how many of those who handed in", headings, cells)


def distribution(rows):
    """Return a Table of how many learners who handed in reached each tenth of the points, by exercise."""
    cells = []
    handed_in = [row for row in rows if not row.absent]
    for exercise, mine in by(exercise_of, handed_in).items():
        counts = collections.Counter(_tenth(row) for row in mine if row.judged)
        if counts:
            cells.append((exercise, *(str(counts[tenth] or "") for tenth in range(11))))
    left = sum(not row.judged for row in handed_in)
    note = f"{counted(left, 'notebook')} not counted: not judged in full" if left and cells else ""
    headings = ("exercise", *(f"{10 * tenth} %" for tenth in range(11)))
    return Table("How many learners reached how much of the points, rounded down", headings, tuple(cells), note)


def _tenth(row):
    return int(10 * row.score / row.points + 1e-9)


def items(rows):
    """Return a Table of how many learners who handed in answered each item in which way."""
    counts, most = collections.Counter(), {}
    for row in in_order(row for row in rows if not row.absent):
        for item in row.items:
            most[exercise_of(row), item.name] = item.points
            counts[exercise_of(row), item.name, item.status] += 1
    cells = tuple(
        (exercise, name, f"{points_of:g}", *(str(counts[exercise, name, status] or "") for status in _STATUSES))
        for (exercise, name), points_of in sorted(most.items(), key=lambda pair: pair[0][0])
    )
    return Table("How each item was answered", ("exercise", "item", "points", *_STATUSES), cells)
