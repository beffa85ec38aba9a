"""What a teacher gets of a class: a CSV with nbgrader's columns, a page for each learner, Gradescope's results, and how
the class did. No clock is read: the same results make the same files.

Source: nbgrader's `nbgrader export`; Gradescope's autograder documentation, "Output format".
"""

import collections
import csv
import hashlib
import html
import json
import pathlib
import re

from shmlab.grading import feedback
from shmlab.grading.results import NOT_JUDGED
from shmlab.table import Table

_COLUMNS = (
    *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"),
    *("raw_score", "late_submission_penalty", "score", "max_score"),
)
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>body {{ font-family: sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em }}
td, th {{ padding: 0.2em 0.8em; text-align: left }}</style></head>
<body><h1>{title}</h1>{body}</body></html>
"""


def in_order(results):
    """Results by learner and exercise."""
    return sorted(results, key=lambda result: (result.learner, result.exercise))


def write_csv(results, path):
    """One row for each learner and exercise, in the columns of `nbgrader export`."""
    with open(path, "w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, _COLUMNS, restval="")
        writer.writeheader()
        for result in in_order(results):
            writer.writerow(
                {
                    "assignment": result.exercise,
                    "student_id": _harmless(result.learner),
                    "raw_score": f"{result.score:g}",
                    "late_submission_penalty": "0",
                    "score": f"{result.score:g}",
                    "max_score": f"{result.points:g}",
                }
            )


def _harmless(text):
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def scores(results):
    """A Table: score of each learner in each exercise; those that were not judged first."""
    ordered = sorted(in_order(results), key=lambda result: result.judged)
    rows = tuple(
        (result.learner, result.exercise or "?", f"{result.score:g}", f"{result.points:g}", _state(result))
        for result in ordered
    )
    left = sum(not result.judged for result in results)
    note = f"{left} to be looked at: not all in them was judged" if left else ""
    return Table("", ("learner", "exercise", "score", "of", ""), rows, note)


def _state(result):
    if result.judged:
        return ""
    names = [item.name for item in result.items if item.score is None]
    return f"{NOT_JUDGED}: {', '.join(names)}" if names else f"{NOT_JUDGED}: {'; '.join(result.notes)[:100]}"


def misconceptions(results):
    """A Table: how many of those who handed in share each misconception, by exercise and item."""
    counts, handed_in = collections.Counter(), collections.Counter()
    for result in results:
        handed_in[result.exercise] += 1
        for item in result.items:
            if item.misconception:
                counts[result.exercise, item.name, item.misconception] += 1
    ordered = sorted(counts.items(), key=lambda pair: (pair[0][0], -pair[1], pair[0]))
    rows = tuple(
        (exercise, item, name, str(count), f"{100 * count / handed_in[exercise]:.0f} %")
        for (exercise, item, name), count in ordered
    )
    return Table("What is misunderstood", ("exercise", "item", "it looks like", "learners", "share"), rows)


def distribution(results):
    """A Table: how many reached each tenth of the points, by exercise."""
    counts = collections.Counter((result.exercise, _tenth(result)) for result in results if result.judged)
    exercises = sorted({exercise for exercise, _ in counts})
    headings = ("exercise", *(f"{10 * tenth} %" for tenth in range(11)))
    rows = tuple((one, *(str(counts[one, tenth] or "") for tenth in range(11))) for one in exercises)
    return Table("How many reached so much, rounded down", headings, rows)


def _tenth(result):
    return int(10 * result.score / result.points + 1e-9)


def write_feedback(results, folder):
    """A page for each learner."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for learner, mine in _by_learner(results).items():
        (folder / f"{file_name(learner)}.html").write_text(page_for(learner, mine), encoding="utf-8")


def page_for(learner, results):
    """The feedback page of one learner, whole in itself."""
    body = []
    for result in results:
        body.append(f"<h2>{html.escape(result.exercise)}: {result.score:g} of {result.points:g} points</h2>")
        body += [f"<p>{html.escape(note)}</p>" for note in result.notes]
        body += [feedback.as_html(item) for item in result.items]
    return _PAGE.format(title=html.escape(learner), body="\n".join(body))


def file_name(learner):
    """A file's name for a learner's: no two share one."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", learner).strip("._") or "learner"
    return plain if plain == learner else f"{plain}-{hashlib.sha256(learner.encode()).hexdigest()[:6]}"


def write_gradescope(results, path):
    """Gradescope's results.json: to the file `path` for one learner, to a folder with a file each for several."""
    learners = _by_learner(results)
    if len(learners) == 1:
        ((_, mine),) = learners.items()
        pathlib.Path(path).write_text(_gradescope(mine), encoding="utf-8")
        return
    folder = pathlib.Path(path)
    folder.mkdir(parents=True, exist_ok=True)
    for learner, mine in learners.items():
        (folder / f"{file_name(learner)}.json").write_text(_gradescope(mine), encoding="utf-8")


def _gradescope(results):
    tests = [
        {
            "name": f"{result.exercise}: {item.name}",
            "score": item.score or 0.0,
            "max_score": item.points,
            "output": feedback.as_text(item),
            "output_format": "text",
            "visibility": "visible",
        }
        for result in results
        for item in result.items
    ]
    notes = "\n".join(note for result in results for note in result.notes)
    told = {"score": sum(result.score for result in results), "output": notes, "tests": tests}
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def _by_learner(results):
    found = collections.defaultdict(list)
    for result in in_order(results):
        found[result.learner].append(result)
    return found


def write_report(results, path):
    """The class on one page: the distribution of scores and the misconceptions, each as a picture and a table."""
    from shmlab.grading import pictures
    from shmlab.show import notebook

    body = []
    for table, draw in ((distribution(results), pictures.distribution), (misconceptions(results), pictures.shares)):
        if table.rows:
            body.append(f"<h2>{html.escape(table.caption)}</h2>{pictures.embedded(draw(table))}")
            body.append(notebook.table_as_html(table))
    body.append(f"<h2>Scores</h2>{notebook.table_as_html(scores(results))}")
    pathlib.Path(path).write_text(_PAGE.format(title="The class", body="\n".join(body)), encoding="utf-8")
