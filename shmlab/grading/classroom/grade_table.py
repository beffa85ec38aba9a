"""Write the CSV of a class: nbgrader's columns, then ours: what was not judged, each item's points, remarks.

Source: nbgrader's `nbgrader export`.
"""

import csv
import io
import pathlib

from shmlab.grading.classroom import rows as row_module
from shmlab.grading.classroom.tables import exercise_of, in_order, names_not_judged

_NBGRADERS = (
    *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"),
    *("raw_score", "late_submission_penalty", "score", "max_score"),
)
_OURS = ("not_judged", "name", "late", "handed_in", "remarks")


def write_csv(rows, path):
    """Write one line for each Row. Raises OSError.

    The columns are nbgrader's; `not_judged`: names of items (if there are any, `score` is empty, and `raw_score` is
    the sum of the others); `name`, `late`, `handed_in`, `remarks`; `item_NAME`: the points of each item, empty if it
    was not judged or belongs to another exercise.
    """
    items = dict.fromkeys(f"item_{item.name}" for row in in_order(rows) for item in row.items)
    stream = io.StringIO()
    writer = csv.DictWriter(stream, (*_NBGRADERS, *_OURS, *items), restval="")
    writer.writeheader()
    for row in in_order(rows):
        writer.writerow({key: harmless(value) for key, value in _line(row).items()})
    write(path, stream.getvalue())


def _line(row):
    person = row.person
    remarks = (": ".join(filter(None, remark)) for remark in row_module.remarks(row))
    return {
        "assignment": row.exercise and exercise_of(row),
        "student_id": row.id,
        "last_name": person.last_name if person else "",
        "first_name": person.first_name if person else "",
        "email": person.email if person else "",
        "raw_score": "" if all(item.score is None for item in row.items) else f"{row.score:g}",
        "late_submission_penalty": "0",
        "score": f"{row.score:g}" if row.judged else "",
        "max_score": f"{row.points:g}",
        "not_judged": "" if row.judged else names_not_judged(row),
        "name": row.learner,
        "late": "late" if row.late else "",
        "handed_in": "no" if row.absent else "yes",
        "remarks": "; ".join(remarks),
        **{f"item_{item.name}": f"{item.score:g}" for item in row.items if item.score is not None},
    }


def harmless(text):
    """Return a text that no spreadsheet reads as a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def write(path, text):
    """Write a text file, whole or not at all, and create the folders above it. Raises OSError."""
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not path.is_file():  # /dev/stdout, say
        path.write_text(text, encoding="utf-8", errors="replace", newline="")
        return
    beside = path.with_name(f".{path.name[:200]}.part")
    try:
        beside.write_text(text, encoding="utf-8", errors="replace", newline="")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
