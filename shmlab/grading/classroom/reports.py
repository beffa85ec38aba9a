"""Write what each learner gets: a page, or Gradescope's results. The same rows make the same files, at any time.

Source: Gradescope's autograder documentation, "Output format".
"""

import hashlib
import json
import pathlib
import re

from markupsafe import Markup

from shmlab.grading.checks import feedback
from shmlab.grading.classroom import rows, webpage
from shmlab.grading.classroom.grade_table import write
from shmlab.grading.classroom.tables import by, exercise_of, names_not_judged
from shmlab.grading.results import NOT_DONE, NOT_JUDGED, RIGHT

_LONGEST_NAME = 60  # characters; in UTF-8 at most 240 bytes, and a file name may have 255


def write_feedback(graded, folder):
    """Write a page for each learner who handed in something. `graded`: Rows. Raises OSError."""
    for learner, mine in _by_learner(graded).items():
        write(pathlib.Path(folder) / page_name(learner), page_for(learner, mine))


def page_name(learner):
    """Return the file name of a learner's page."""
    return f"{file_name(learner)}.html"


def _by_learner(graded):
    """Return learner -> Rows, without learners who handed in nothing at all."""
    groups = by(lambda row: row.learner, graded)
    return {learner: mine for learner, mine in groups.items() if not all(row.absent for row in mine)}


def page_for(learner, graded):
    """Return the feedback page of one learner as complete HTML."""
    of = sum(row.points for row in graded)
    so_far = "" if all(row.judged for row in graded) else " so far"
    return webpage.render(
        "learner.html",
        title=learner,
        total=f"{_total(graded):g} of {of:g} points{so_far}" if len(graded) > 1 else "",
        explains=any(item.status not in (RIGHT, NOT_DONE) for row in graded for item in row.items),
        exercises=[_exercise(row) for row in graded],
    )


def _exercise(row):
    """Return the template's values for one exercise."""
    return {
        "heading": f"{exercise_of(row)}: {_reached(row)}",
        "judged": row.judged,
        "notes": _notes(row),
        "items": [Markup(feedback.as_html(item)) for item in row.items],
    }


def _reached(row):
    if all(item.score is None for item in row.items):
        return "not judged yet"
    return f"{row.score:g} of {row.points:g} points{'' if row.judged else ' so far'}"


def _notes(row):
    """Return the sentences for a learner besides the items. The note about missing walls is only for the teacher."""
    late = ["This was handed in late."] if row.late else []
    return [*late, *(note for note in row.result.notes if not note.startswith(rows.WITHOUT_WALLS))]


def file_name(learner):
    """Return a file name for a learner's name, without a suffix. Different learners get different file names."""
    plain = re.sub(r"[^\w.-]+", "_", learner)[:_LONGEST_NAME].strip("._") or "learner"
    digest = hashlib.sha256(learner.encode(errors="surrogatepass")).hexdigest()
    return plain if plain == learner else f"{plain}-{digest[:8]}"


def write_gradescope(graded, path):
    """Write Gradescope's results.json. Raises OSError.

    `path`: a file for one learner, a folder with one file for each of several learners.
    """
    learners = _by_learner(graded)
    if len(learners) == 1 and not pathlib.Path(path).is_dir():
        ((_, mine),) = learners.items()
        write(path, _gradescope(mine))
        return
    for learner, mine in learners.items():
        write(pathlib.Path(path) / f"{file_name(learner)}.json", _gradescope(mine))


def _gradescope(graded):
    tests = [_test(row, item) for row in graded for item in row.items]
    notes = [f"{exercise_of(row)}: {note}" for row in graded for note in (*_notes(row), *_open_points(row))]
    results = {"score": _total(graded), "output": "\n".join(notes), "output_format": "text", "tests": tests}
    return json.dumps(results, indent=1, ensure_ascii=False) + "\n"


def _test(row, item):
    """Return one item for Gradescope. An item that was not judged has no score, not even 0."""
    return {
        "name": f"{exercise_of(row)}: {item.name}",
        **({} if item.score is None else {"score": item.score}),
        "max_score": item.points,
        "output": feedback.as_text(item),
        "output_format": "text",
        "visibility": "visible",
    }


def _open_points(row):
    return [] if row.judged else [f"{NOT_JUDGED}: {names_not_judged(row)}; your teacher will look at it"]


def _total(graded):
    return round(sum(row.score for row in graded), 2)
