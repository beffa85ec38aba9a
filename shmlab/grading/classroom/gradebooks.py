"""Write files for a gradebook's import: Canvas's, Moodle's grading worksheet, and Moodle's import of a CSV.

Cells for what was not judged or not handed in stay empty: only the teacher decides whether that is a 0. Sources:
Canvas's lib/gradebook_importer.rb; Moodle's mod/assign/feedback/offline/importgradeslib.php (a worksheet needs its
columns Identifier, Grade and Last modified) and its documentation, "Grade import".
"""

import csv
import io
import re

from shmlab.grading.classroom.grade_table import harmless, write
from shmlab.grading.classroom.roster import CANVAS, MOODLE
from shmlab.grading.submissions.learner_names import normal, printable

_OF_CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Root Account", "Section")
_OF_MOODLE = ("Full name", "ID number", "Email address")


def kind_of(wanted, roster):
    """Return "canvas" or "moodle": `wanted`, otherwise the Roster's kind. Raises ValueError if both are unknown."""
    kind = wanted or (roster.kind if roster else "")
    if not kind:
        raise ValueError(
            "--gradebook: it is not known for which platform: give --gradebook-format canvas or moodle, or "
            "Canvas's export or Moodle's worksheet as --roster"
        )
    return kind


def write_gradebook(rows, path, kind, roster=None, columns=None):
    """Write the grades of some Rows for Canvas or Moodle to import, and return a sentence about the file.

    `roster`: a Roster, whose lines, ids and points are used, or None. `columns`: exercise -> the heading of its
    column, if that should not be searched for. An exercise without a column in the platform's own export is left out;
    see `doubts`. So is a learner whom the roster does not know, if Moodle is to import the file: it stops there. Points
    are scaled to the platform's if the two differ. Raises OSError, and ValueError for several exercises in a
    worksheet, which is for one exercise.
    """
    exercises = exercises_of(rows)
    worksheet = fits(kind, roster, exercises)
    headings = _headings_of(kind, roster)
    if worksheet:
        identifying, grades = headings, dict.fromkeys(exercises, _heading(headings, "grade"))
    else:
        identifying = _identification(kind, headings)
        candidates = {exercise: (columns or {}).get(exercise) or _column(exercise, headings) for exercise in exercises}
        grades = {exercise: heading for exercise, heading in candidates.items() if heading}
    scales = _scales(rows, grades, roster.most if headings else {})
    known, unknown = [], set()
    for row in rows:
        if kind == MOODLE and roster is not None and row.person is None:
            unknown.add(row.learner)
        else:
            known.append(row)
    lines = _lines(known, kind, identifying, grades, scales)
    _write(path, (*identifying, *(heading for heading in grades.values() if heading not in identifying)), lines)
    left_out = f"; not in the file, as the roster has no id for them: {', '.join(sorted(unknown))}" if unknown else ""
    return _about(grades, known, scales) + left_out


def exercises_of(rows):
    """Return the exercises of some Rows, sorted."""
    return sorted({row.exercise for row in rows if row.exercise})


def _headings_of(kind, roster):
    return roster.headings if roster is not None and roster.kind == kind else ()


def doubts(kind, roster, exercises, columns=None):
    """Return sentences about exercises whose column is not in Canvas's export, which is the roster.

    `columns`: see write_gradebook.
    """
    headings = _headings_of(kind, roster)
    if kind != CANVAS or not headings:
        return []
    there = ", ".join(printable(name) for name in headings if name not in _OF_CANVAS) or "none for an assignment"
    sentences = []
    for exercise in exercises:
        named = (columns or {}).get(exercise, "")
        if not named and not _column(exercise, headings):
            sentences.append(
                f"no column found for {exercise}, and its grades are not in the gradebook; your export has: {there}; "
                f'say --column {exercise}="…" with one of these'
            )
        elif named and named not in headings:
            sentences.append(
                f"your export has no column {named!r} for {exercise}: Canvas will take it for a new assignment; your "
                f"export has: {there}"
            )
    return sentences


def fits(kind, roster, exercises):
    """Tell whether to write Moodle's worksheet. Raises ValueError if that would be for several exercises."""
    worksheet = kind == MOODLE and roster is not None and roster.kind == MOODLE
    if worksheet and len(exercises) > 1:
        raise ValueError(
            f"--gradebook: a grading worksheet of Moodle is for one exercise, and here are {', '.join(exercises)}: "
            "grade one at a time"
        )
    return worksheet


def _heading(headings, plain):
    return next(heading for heading in headings if heading.lower() == plain)


def _identification(kind, headings):
    """Return the columns that identify a learner: the roster's, if it is from the same platform."""
    if kind == MOODLE:
        return _OF_MOODLE
    defaults = tuple(name for name in _OF_CANVAS if name != "Root Account")
    return tuple(name for name in headings if name in _OF_CANVAS) or defaults


def _column(exercise, headings):
    """Return the only heading that contains an exercise's name; "" if none or several do.

    Return the exercise's name if there are no headings.
    """
    if not headings:
        return exercise
    for name in (exercise, re.sub(r"^\d+_", "", exercise)):
        matches = [heading for heading in headings if _plain(name) in _plain(heading)]
        if len(matches) == 1:
            return matches[0]
    return ""


def _plain(text):
    return re.sub(r"[\W_]+", "", normal(text))


def _scales(rows, grades, most):
    """Return exercise -> (our points, the platform's points), where its own export shows that they differ."""
    ours = {row.exercise: row.points for row in rows if row.exercise}
    there = {exercise: most.get(heading, 0) for exercise, heading in grades.items()}
    return {exercise: (ours[exercise], most) for exercise, most in there.items() if most not in (0, ours[exercise])}


def _lines(rows, kind, identifying, grades, scales):
    """Return a dict for each learner, with the identifying columns and the grades."""
    lines, seen = {}, set()
    for row in rows:
        if not row.exercise:
            continue
        line = lines.setdefault(row.id, _identity(row, kind, identifying))
        if row.exercise not in grades:
            continue
        heading = grades[row.exercise]
        twice = (row.id, heading) in seen  # handed in under two names: the teacher decides which one counts
        seen.add((row.id, heading))
        ours, there = scales.get(row.exercise, (1, 1))
        line[heading] = f"{round(row.score * there / ours, 2):g}" if _has_grade(row) and not twice else ""
    return [lines[id] for id in sorted(lines)]


def _has_grade(row):
    return row.judged and (not row.absent or bool(row.by_hand))


def _identity(row, kind, identifying):
    person = row.person
    line = {heading: (person.line.get(heading, "") if person else "") for heading in identifying}
    if any(line.values()):
        return line
    name, email, login = (person.name, person.email, person.login) if person else (row.learner, "", "")
    if kind == MOODLE:
        cells = {"Full name": name or row.learner, "ID number": row.id if person else "", "Email address": email}
        return {**line, **{heading: text for heading, text in cells.items() if heading in line}}
    cells = {"Student": name or row.learner, "ID": row.number, "SIS Login ID": login or email}
    return {**line, **cells, "SIS User ID": person.id if person else ""}


def _write(path, headings, lines):
    stream = io.StringIO()
    writer = csv.DictWriter(stream, headings, restval="", extrasaction="ignore")
    writer.writeheader()
    for line in lines:  # Moodle writes "-" for a missing date
        writer.writerow({key: value if value == "-" else harmless(value) for key, value in line.items()})
    write(path, stream.getvalue())


def _about(grades, rows, scales):
    scaled = {exercise: f", {ours:g} points as {there:g}" for exercise, (ours, there) in scales.items()}
    where = ", ".join(f"{name} in column {heading!r}{scaled.get(name, '')}" for name, heading in grades.items())
    empty = sorted({row.learner for row in rows if not _has_grade(row) and row.exercise in (*grades, "")})
    without = f"no grade for {', '.join(empty)}" if empty else "everybody has a grade"
    return f"{where or 'no column of grades'}; {without}"
