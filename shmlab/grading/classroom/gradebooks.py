"""Files that a gradebook imports: Canvas's, Moodle's grading worksheet, and Moodle's import of grades from a CSV.

What was not judged, and what was not handed in, stays empty there: neither is a 0 before the teacher says so.
Sources: Canvas's lib/gradebook_importer.rb; Moodle's mod/assign/feedback/offline/importgradeslib.php (a worksheet needs
its columns Identifier, Grade and Last modified) and its documentation, "Grade import".
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
    """Return "canvas" or "moodle": what is `wanted`, else the Roster's kind. Raises ValueError when neither says."""
    kind = wanted or (roster.kind if roster else "")
    if not kind:
        raise ValueError(
            "--gradebook: it is not known for which platform: give --gradebook-format canvas or moodle, or "
            "Canvas's export or Moodle's worksheet as --roster"
        )
    return kind


def write_gradebook(rows, path, kind, roster=None, columns=None):
    """Write the grades of some Rows for Canvas or Moodle to import; return a sentence about what is in the file.

    `roster`: its lines, ids and points are taken over, or None. `columns`: exercise -> the heading of its
    column, where that is not to be looked for. An exercise without a column in the platform's own export has none here;
    see `doubts`. Points are scaled to the platform's where these differ. Raises OSError, and ValueError for several
    exercises in a worksheet, which is for one.
    """
    exercises = exercises_of(rows)
    worksheet = fits(kind, roster, exercises)
    headings = _headings_of(kind, roster)
    if worksheet:
        of_whom, named = headings, dict.fromkeys(exercises, _heading(headings, "grade"))
    else:
        of_whom = _identification(kind, headings)
        found = {exercise: (columns or {}).get(exercise) or _column(exercise, headings) for exercise in exercises}
        named = {exercise: heading for exercise, heading in found.items() if heading}
    scales = _scales(rows, named, roster.most if headings else {})
    lines = _lines(rows, kind, of_whom, named, scales)
    _write(path, (*of_whom, *(one for one in named.values() if one not in of_whom)), lines)
    return _about(named, rows, scales)


def exercises_of(rows):
    """The exercises that some Rows are of."""
    return sorted({row.exercise for row in rows if row.exercise})


def _headings_of(kind, roster):
    return roster.headings if roster is not None and roster.kind == kind else ()


def doubts(kind, roster, exercises, columns=None):
    """Return sentences about exercises for which Canvas's export, the roster, has no column, or not the one that was
    named; see write_gradebook."""
    headings = _headings_of(kind, roster)
    if kind != CANVAS or not headings:
        return []
    there = ", ".join(printable(one) for one in headings if one not in _OF_CANVAS) or "none for an assignment"
    found = []
    for exercise in exercises:
        named = (columns or {}).get(exercise, "")
        if not named and not _column(exercise, headings):
            found.append(
                f"no column found for {exercise}, and its grades are not in the gradebook; your export has: {there}; "
                f'say --column {exercise}="…" with one of these'
            )
        elif named and named not in headings:
            found.append(
                f"your export has no column {named!r} for {exercise}: Canvas will take it for a new assignment; your "
                f"export has: {there}"
            )
    return found


def fits(kind, roster, exercises):
    """Return whether the file is Moodle's worksheet. Raises ValueError for several exercises in one."""
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
    """The columns that say who somebody is: those of the roster, where it is from the same platform."""
    if kind == MOODLE:
        return _OF_MOODLE
    return tuple(one for one in headings if one in _OF_CANVAS) or tuple(c for c in _OF_CANVAS if c != "Root Account")


def _column(exercise, headings):
    """The heading of an exercise's column: the one that has its name in it; "" where none or several have. Its name
    where there are no headings."""
    if not headings:
        return exercise
    for name in (exercise, re.sub(r"^\d+_", "", exercise)):
        found = [heading for heading in headings if _plain(name) in _plain(heading)]
        if len(found) == 1:
            return found[0]
    return ""


def _plain(text):
    return re.sub(r"[\W_]+", "", normal(text))


def _scales(rows, named, most):
    """exercise -> (our points, the platform's), where the file that it gave says that they differ."""
    ours = {row.exercise: row.points for row in rows if row.exercise}
    there = {exercise: most.get(heading, 0) for exercise, heading in named.items()}
    return {exercise: (ours[exercise], most) for exercise, most in there.items() if most not in (0, ours[exercise])}


def _lines(rows, kind, of_whom, named, scales):
    """A dict for each learner: who they are, and their grades."""
    lines, seen = {}, set()
    for row in rows:
        if not row.exercise:
            continue
        line = lines.setdefault(row.id, _whose(row, kind, of_whom))
        if row.exercise not in named:
            continue
        heading = named[row.exercise]
        twice = (row.id, heading) in seen  # handed in under two names: which one counts is the teacher's to say
        seen.add((row.id, heading))
        ours, there = scales.get(row.exercise, (1, 1))
        line[heading] = f"{round(row.score * there / ours, 2):g}" if _has_grade(row) and not twice else ""
    return [lines[one] for one in sorted(lines)]


def _has_grade(row):
    return row.judged and (not row.absent or bool(row.decisions))


def _whose(row, kind, of_whom):
    person = row.person
    line = {heading: (person.line.get(heading, "") if person else "") for heading in of_whom}
    if any(line.values()):
        return line
    name, email, login = (person.name, person.email, person.login) if person else (row.learner, "", "")
    if kind == MOODLE:
        told = {"Full name": name or row.learner, "ID number": row.id if person else "", "Email address": email}
        return {**line, **{heading: text for heading, text in told.items() if heading in line}}
    told = {"Student": name or row.learner, "ID": row.number, "SIS Login ID": login or email}
    return {**line, **told, "SIS User ID": person.id if person else ""}


def _write(path, headings, lines):
    stream = io.StringIO()
    writer = csv.DictWriter(stream, headings, restval="", extrasaction="ignore")
    writer.writeheader()
    for line in lines:  # "-" alone is what Moodle has for no date
        writer.writerow({key: value if value == "-" else harmless(value) for key, value in line.items()})
    write(path, stream.getvalue())


def _about(named, rows, scales):
    scaled = {exercise: f", {ours:g} points as {there:g}" for exercise, (ours, there) in scales.items()}
    where = ", ".join(f"{one} in column {heading!r}{scaled.get(one, '')}" for one, heading in named.items())
    empty = sorted({row.learner for row in rows if not _has_grade(row) and row.exercise in (*named, "")})
    return f"{where or 'no column of grades'}; no grade for {', '.join(empty) or 'nobody'}"
