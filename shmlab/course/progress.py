"""What a learner has reached: the best result of each graded item, in a file of the learner's own.

A check in a notebook records its result. A grader records nothing, nor does nbgrader when it runs a notebook.
"""

from __future__ import annotations

import contextlib
import datetime
import fcntl
import json
import os
import pathlib
import sys
import tempfile
from collections.abc import Collection, Iterator
from typing import Any

from shmlab.course.lessons import BY_STEM, Lesson, with_item
from shmlab.ipc import ledger

_VERSION = 1


def file() -> pathlib.Path:
    """Return the path of the file: `progress.json` in the folder of shmlab's records (see ledger.folder)."""
    return ledger.folder() / "progress.json"


def read() -> dict[str, dict[str, float]]:
    """Return the best points so far, stem -> item -> points. Raise ValueError for a file that is no such record."""
    return _points(_content())


def _content() -> dict[str, Any]:
    """Return the record as it is in the file. Raise ValueError for a file that is none."""
    try:
        content = json.loads(file().read_text())
    except FileNotFoundError:
        return {"version": _VERSION, "best": {}}
    except ValueError as error:
        raise _damaged(error) from None
    if not isinstance(content, dict) or content.get("version") != _VERSION or not isinstance(content.get("best"), dict):
        raise _damaged(f"it has no version {_VERSION}")
    return content


def _points(content: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Return the points in a record, without what is not of this course."""
    best: dict[str, dict[str, float]] = {}
    for stem, items in content["best"].items():
        for item, result in items.items() if isinstance(items, dict) else ():
            if stem in BY_STEM and item in BY_STEM[stem].items and isinstance(result, dict):
                points = result.get("points")
                if isinstance(points, int | float) and 0 <= points <= BY_STEM[stem].items[item]:
                    best.setdefault(stem, {})[item] = float(points)
    return best


def _damaged(why: object) -> ValueError:
    return ValueError(f"{file()} is no record of your progress ({why}): move it away, and a new one is begun")


def record(stem: str, item: str, points: float) -> None:
    """Keep the points of an item, unless more were reached before. Raises OSError, ValueError as `read`."""
    with _alone():
        content = _content()
        if points <= _points(content).get(stem, {}).get(item, -1.0):
            return
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        content["best"].setdefault(stem, {})[item] = {"points": points, "when": now}
        with tempfile.NamedTemporaryFile("w", dir=file().parent, prefix=".progress-", delete=False) as made:
            json.dump(content, made, indent=1, sort_keys=True)
        os.replace(made.name, file())  # whoever reads it meanwhile reads the old one or the new one


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Keep other kernels of this learner from writing the file at the same time."""
    with open(ledger.folder() / ".progress-lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def record_of_notebook(item: str, points: float, known: Collection[str]) -> str:
    """Record the result of a check that ran in a learner's notebook; return what went wrong in a sentence, or "".

    `known`: the items that this notebook has, which tell its exercise where two have an item of this name. Nothing is
    recorded outside of a notebook, or if it cannot be told which exercise this is.
    """
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None or "NBGRADER_EXECUTION" in os.environ:
        return ""
    lesson = _lesson(item, known)
    if lesson is None or points > lesson.items[item]:
        return ""
    try:
        record(lesson.stem, item, points)
    except (OSError, ValueError) as error:  # the result is shown all the same
        return f"Your progress was not kept: {error}"
    return ""


def _lesson(item: str, known: Collection[str]) -> Lesson | None:
    """Return the one lesson that this notebook's items belong to, or None."""
    lessons = with_item(item)
    path = os.environ.get("JPY_SESSION_NAME", "")  # where JupyterLab started this kernel
    named = [lesson for lesson in lessons if lesson.stem in path]
    if len(named) == 1:
        return named[0]
    counts = [sum(name in lesson.items for name in known) for lesson in lessons]
    best = [lesson for lesson, count in zip(lessons, counts, strict=True) if count == max(counts)]
    return best[0] if len(best) == 1 else None
