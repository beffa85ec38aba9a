"""What a teacher gets of a class: a CSV with nbgrader's columns, a page for each learner, Gradescope's results, and how
the class did. No clock is read: the same results make the same files.

Source: nbgrader's `nbgrader export`; Gradescope's autograder documentation, "Output format".
"""

import collections
import csv
import dataclasses
import hashlib
import html
import io
import json
import pathlib
import re
import statistics

from shmlab.grading import feedback, webpage
from shmlab.grading.results import MISSING, NOT_DONE, NOT_JUDGED, PARTLY, RIGHT, WRONG
from shmlab.table import Table

_COLUMNS = (
    *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"),
    *("raw_score", "late_submission_penalty", "score", "max_score"),
    "not_judged",  # ours: a score that leaves something out is not to be taken for one that does not
)
_STATUSES = (RIGHT, PARTLY, WRONG, MISSING, NOT_DONE, NOT_JUDGED)
_LONGEST_NAME = 60  # characters: in UTF-8 at most 240 bytes, and a file's name has at most 255
_TO_READ = """<p>Each item says what was called, what came back and what was expected. P0, P1, … are processes. The
number before a line of code is that of the line in its cell. To load is to read shared memory, to store is to write
it.</p>"""


def in_order(results):
    """Results by learner and exercise."""
    return sorted(results, key=lambda result: (result.learner, result.exercise))


def write_csv(results, path):
    """One row for each learner and exercise, in the columns of `nbgrader export` and one more: the items that were not
    judged, which the score leaves out."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, _COLUMNS, restval="")
    writer.writeheader()
    for result in in_order(results):
        writer.writerow(
            {
                "assignment": _harmless(result.exercise),
                "student_id": _harmless(result.learner),
                "raw_score": f"{result.score:g}",
                "late_submission_penalty": "0",
                "score": f"{result.score:g}",
                "max_score": f"{result.points:g}",
                "not_judged": _harmless(_not_judged(result)),
            }
        )
    _write(path, stream.getvalue())


def _harmless(text):
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _not_judged(result):
    """The names of the items that were not, or "all of it"."""
    names = [item.name for item in result.items if item.score is None]
    return ", ".join(names) if result.items else "all of it"


def _write(path, text):
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", errors="replace", newline="")


def scores(results):
    """A Table: score of each learner in each exercise; those that were not judged first."""
    ordered = sorted(in_order(results), key=lambda result: result.judged)
    rows = tuple(
        (result.learner, _exercise(result), f"{result.score:g}", f"{result.points:g}", _remark(result))
        for result in ordered
    )
    left = sum(not result.judged for result in results)
    note = f"{_counted(left, 'notebook')} to be looked at by you: not judged in full" if left else ""
    return Table("", ("learner", "exercise", "score", "of", "remark"), rows, note)


def _exercise(result):
    return result.exercise or "unknown"


def _remark(result):
    if result.judged:
        return ""
    return f"{NOT_JUDGED}: {_not_judged(result) if result.items else '; '.join(result.notes)[:100]}"


def _counted(number, what):
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def overview(results):
    """A Table: how many handed in each exercise, and what they reached."""
    rows = []
    for exercise, mine in _by(_exercise, results).items():
        reached = [result.score for result in mine if result.judged]
        middle = (f"{statistics.median(reached):.3g}", f"{statistics.fmean(reached):.3g}") if reached else ("–", "–")
        full = sum(result.judged and result.score == result.points for result in mine)
        most = max(result.points for result in mine)
        rows.append((exercise, str(len(mine)), str(len(mine) - len(reached)), *middle, f"{most:g}", str(full)))
    headings = ("exercise", "notebooks", "not judged", "median", "mean", "of points", "with all points")
    return Table("", headings, tuple(rows))


def misconceptions(results):
    """A Table: how many of those who handed in share each misconception, by exercise and item."""
    counts, handed_in = collections.Counter(), collections.Counter()
    for result in results:
        handed_in[_exercise(result)] += 1
        for item in result.items:
            if item.misconception:
                counts[_exercise(result), item.name, item.misconception] += 1
    ordered = sorted(counts.items(), key=lambda pair: (pair[0][0], -pair[1], pair[0]))
    rows = tuple(
        (exercise, item, name, str(count), f"{100 * count / handed_in[exercise]:.0f} %")
        for (exercise, item, name), count in ordered
    )
    headings = ("exercise", "item", "it looks like", "learners", "share")
    return Table("What is misunderstood, and by how many of those who handed in", headings, rows)


def distribution(results):
    """A Table: how many reached each tenth of the points, by exercise."""
    rows = []
    for exercise, mine in _by(_exercise, results).items():
        counts = collections.Counter(_tenth(result) for result in mine if result.judged)
        if counts:
            rows.append((exercise, *(str(counts[tenth] or "") for tenth in range(11))))
    left = sum(not result.judged for result in results)
    note = f"{_counted(left, 'notebook')} not counted: not judged in full" if left and rows else ""
    headings = ("exercise", *(f"{10 * tenth} %" for tenth in range(11)))
    return Table("How many learners reached how much of the points, rounded down", headings, tuple(rows), note)


def _tenth(result):
    return int(10 * result.score / result.points + 1e-9)


def items(results):
    """A Table: how each item was answered, by how many."""
    counts, points = collections.Counter(), {}
    for result in in_order(results):
        for item in result.items:
            points[_exercise(result), item.name] = item.points
            counts[_exercise(result), item.name, item.status] += 1
    rows = tuple(
        (exercise, name, f"{most:g}", *(str(counts[exercise, name, status] or "") for status in _STATUSES))
        for (exercise, name), most in sorted(points.items(), key=lambda pair: pair[0][0])
    )
    return Table("How each item was answered", ("exercise", "item", "points", *_STATUSES), rows)


def write_feedback(results, folder):
    """A page for each learner."""
    for learner, mine in _by(lambda result: result.learner, results).items():
        _write(pathlib.Path(folder) / f"{file_name(learner)}.html", page_for(learner, mine))


def page_for(learner, results):
    """The feedback page of one learner, whole in itself."""
    body = []
    if len(results) > 1:
        of = sum(result.points for result in results)
        body.append(f"<p><strong>{_total(results):g} of {of:g} points</strong></p>")
    if any(item.status not in (RIGHT, NOT_DONE) for result in results for item in result.items):
        body.append(_TO_READ)
    for result in results:
        body.append(f"<h2>{html.escape(_exercise(result))}: {result.score:g} of {result.points:g} points</h2>")
        if not result.judged:
            body.append("<p>Not all of it could be judged: your teacher will look at it.</p>")
        notes = "".join(f"<li>{html.escape(note)}</li>" for note in result.notes)
        body += [f"<p>About your notebook:</p><ul>{notes}</ul>"] if notes else []
        body += [feedback.as_html(item) for item in result.items]
    return webpage.page(learner, "\n".join(body))


def file_name(learner):
    """A file's name for a learner's, without an ending; no two share one."""
    plain = re.sub(r"[^\w.-]+", "_", learner)[:_LONGEST_NAME].strip("._") or "learner"
    digest = hashlib.sha256(learner.encode(errors="surrogatepass")).hexdigest()
    return plain if plain == learner else f"{plain}-{digest[:8]}"


def write_gradescope(results, path):
    """Gradescope's results.json: to the file `path` for one learner, to a folder with a file each for several."""
    learners = _by(lambda result: result.learner, results)
    if len(learners) == 1 and not pathlib.Path(path).is_dir():
        ((_, mine),) = learners.items()
        _write(path, _gradescope(mine))
        return
    for learner, mine in learners.items():
        _write(pathlib.Path(path) / f"{file_name(learner)}.json", _gradescope(mine))


def _gradescope(results):
    tests = [
        {
            "name": f"{_exercise(result)}: {item.name}",
            "score": item.score or 0.0,
            "max_score": item.points,
            "output": feedback.as_text(item),
            "output_format": "text",
            "visibility": "visible",
        }
        for result in results
        for item in result.items
    ]
    notes = [f"{_exercise(result)}: {note}" for result in results for note in (*result.notes, *_open_points(result))]
    told = {"score": _total(results), "output": "\n".join(notes), "output_format": "text", "tests": tests}
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def _open_points(result):
    return [] if result.judged else [f"{NOT_JUDGED}: {_not_judged(result)}; your teacher will look at it"]


def _total(results):
    return round(sum(result.score for result in results), 2)


def _by(key, results):
    """key -> the results that share it, in order."""
    found = collections.defaultdict(list)
    for result in in_order(results):
        found[key(result)].append(result)
    return dict(sorted(found.items()))


def write_report(results, path):
    """The class on one page: how each exercise went, as pictures and tables, and all scores."""
    if not results:
        _write(path, webpage.page("The class", "<p>Nothing was handed in.</p>"))
        return
    learners = {result.learner for result in results}
    body = [
        f"<p>{_counted(len(learners), 'learner')}, {_counted(len(results), 'notebook')}.</p>",
        webpage.table(overview(results)),
    ]
    for exercise, mine in _by(_exercise, results).items():
        body.append(f"<h2>{html.escape(exercise)}</h2>")
        body += _about(mine)
    body.append(f"<h2>Scores</h2>{webpage.table(scores(results))}")
    _write(path, webpage.page("The class", "\n".join(body)))


def _about(results):
    """How one exercise went, as parts of a page."""
    from shmlab.grading import pictures

    for table, draw, otherwise in (
        (distribution(results), pictures.distribution, "None of the notebooks was judged in full."),
        (misconceptions(results), pictures.shares, "No misconception that has a name showed."),
        (items(results), None, ""),
    ):
        if table.rows:
            yield f"<h3>{html.escape(table.caption)}</h3>{pictures.embedded(draw(table)) if draw else ''}"
            yield webpage.table(
                dataclasses.replace(table, headings=table.headings[1:], rows=[r[1:] for r in table.rows])
            )
        elif otherwise:
            yield f"<p>{otherwise}</p>"
