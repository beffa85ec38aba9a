"""The check of an exercise: judge its parts one after the other, count the points, and say what to look at."""

from __future__ import annotations

import dataclasses
import linecache
import re
import sys
import types
from typing import Any

import greenlet

from shmlab.course.progress import record_of_notebook
from shmlab.explorer.execution.greenlet_host import place_of
from shmlab.grading.checks import shared_names
from shmlab.grading.checks.tutor import COLLECTED, about, next_hint, tutored
from shmlab.grading.results import (
    NOT_DONE,
    NOT_JUDGED,
    PARTLY,
    RIGHT,
    WRONG,
    Ended,
    ItemResult,
    PartResult,
    Unjudged,
)

_RUN_HINTS = (
    "Run the cell of hints and explanations above your answer, and this check says more. To run it without unfolding "
    "it, click on the cell above it, and press Shift+Enter twice."
)
_FAILED = "did not define it"  # a later cell than the one that is judged


def grade(name: str, *parts: Any, points: float) -> Points:
    """Look at the parts of item `name`, show what they say, and return the points as a float.

    `parts`: what `holds`, `answers`, `leads` or `plays` give. `points`: of the whole item, shared out by the weights
    of the parts. Nothing that a learner wrote is raised. Raises TypeError or ValueError for a wrong call of grade
    itself.
    """
    _check_use(name, parts, points)
    check_file = sys._getframe(1).f_code.co_filename
    results, done = [], True
    for part in parts:
        result = _looked_at(part, name, check_file) if done else None
        done = done and result is not None
        results.append(result)
    item = _not_done(name, points) if not done else _item(name, parts, results, points)
    collected = COLLECTED.get()
    if collected is not None:
        collected.append(item)
    else:
        _display(item, sys._getframe(1).f_globals)
    return Points(item.score or 0.0)


class Points(float):
    """The points of an item, the value of a check's cell: nbgrader reads the number; a notebook does not display it
    again."""

    def _repr_html_(self) -> str:
        return "<!-- the points, for nbgrader -->"


def _check_use(name, parts, points):
    if not isinstance(name, str) or not parts:
        raise TypeError(f"grade({name!r}, …): give the item's name and at least one part")
    if isinstance(points, bool) or not isinstance(points, int | float) or points <= 0:
        raise ValueError(f"grade({name!r}): points is {points!r}: give a number above 0")


class NotDone(Exception):
    """Raised where the answer is still the stub."""


def _looked_at(part, name, check_file):
    """Return the PartResult, whatever the learner's code does; None for a stub. `check_file`: the file of the check's
    code."""
    try:
        return part.look(name)
    except NotDone:
        return None
    except Unjudged as error:
        return PartResult(part.title, None, f"this could not be judged: the process {error}")
    except Ended as error:
        return PartResult(part.title, 0.0, f"the process {error}")
    except NotImplementedError as error:
        return None if "not done yet" in str(error) else _failed(part, error, check_file)
    except NameError as error:
        return PartResult(part.title, 0.0, f"{_without_period(error)}: run the cell with your answer first, and look "
                          "whether it defines that name")  # fmt: skip
    except (KeyboardInterrupt, greenlet.GreenletExit):  # Ctrl-C of who sits before the notebook
        raise
    except BaseException as error:  # SystemExit, say: it ends no more than this part
        return _failed(part, error, check_file)


def _failed(part, error, check_file):
    said = f"{type(error).__name__}: {_without_period(error)}"
    return PartResult(part.title, 0.0, said + _where(error, check_file))


def _where(error, check_file):
    """Return where an exception was raised: in a line of the learner, or in the check, which got a value that it
    cannot use."""
    place = place_of(error, besides=check_file)
    if place is None:
        return " (raised in the check: look at what your function takes, and at what it gives back)"
    code = linecache.getline(place.file, place.line).strip()
    return f", in line {place.line}" + (f", {code!r}" if code else "")


def _without_period(error):
    return str(error).rstrip(".")


def _not_done(name, points):
    return ItemResult(name, points, 0.0, NOT_DONE, note="put your answer where the error is raised, and run that cell")


def _item(name, parts, results, points):
    shares = [result.share for result in results]
    said = tuple(result.sentence for result in results)
    hint = "" if all(share == 1 for share in shares) else next_hint(name, said, first=COLLECTED.get() is not None)
    misconception = next((result.misconception for result in results if result.misconception), "")
    if None in shares:
        return ItemResult(name, points, None, NOT_JUDGED, tuple(results), misconception, hint=hint)
    total = sum(part.weight for part in parts)
    reached = sum(part.weight * share for part, share in zip(parts, shares, strict=True))
    status = RIGHT if reached == total else PARTLY if reached else WRONG
    score = round(points * reached / total, 2)
    return ItemResult(name, points, float(score), status, tuple(results), misconception, hint=hint)


def _display(item, names):
    """Show an ItemResult, and keep it as the learner's progress. `names`: the notebook's namespace. The headline comes
    last, too, as a view shows the lower end."""
    from IPython.display import display

    from shmlab.grading.checks import feedback

    ending = []
    if item.status in (PARTLY, WRONG) and not about(item.name).hints:
        ending.append(_RUN_HINTS)
    if item.parts and (judged := judged_cells(names)):
        if _FAILED in judged:  # what is shown is about an earlier answer
            item = dataclasses.replace(item, note=f"Judged: {judged}.")
        else:
            ending.append(f"Judged: {judged}.")
    if item.parts and (shared := _shared_names(names)):
        ending.append(shared)
    if item.parts and item.score is not None and (lost := record_of_notebook(item.name, item.score, tutored())):
        ending.append(lost)
    ending = tuple(ending)
    shown = {"text/html": feedback.as_html(item, ending=ending), "text/plain": feedback.as_text(item, ending=ending)}
    display(shown, raw=True)


def _shared_names(names):
    """Return a warning of names that the answer and the exercise both define, or "" (outside of a notebook, too)."""
    from IPython import get_ipython

    shell = get_ipython()
    cells = shell.user_ns.get("In", []) if shell else []
    if not cells:
        return ""
    judged = {name for name in _made_in(shell, names) if re.search(rf"\b{name}\b", cells[-1])}
    return shared_names.warning(cells, judged)


def judged_cells(names):
    """Return in which cells the functions of an answer were defined that the running check names: "f, as run in cell
    [9]".

    `names`: the notebook's namespace. If a later cell was to define one of them again and failed, that is said.
    Returns "" outside of a notebook.
    """
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None:
        return ""
    cells = shell.user_ns.get("In", [])
    check = cells[-1] if cells else ""
    found = []
    for name, cell in sorted(_made_in(shell, names).items()):
        known = cell < len(cells)  # else it was run without being kept
        if known and not shared_names.is_ours(cells[cell]) and re.search(rf"\b{name}\(|\b{name}\b[,)\]]", check):
            begins = re.compile(rf"^(?:async )?def {name}\b", re.MULTILINE)
            failed = [later for later in range(cell + 1, len(cells)) if begins.search(cells[later])]
            new = f" (cell [{failed[-1]}] {_FAILED}: look at the error there)" if failed else ""
            found.append(f"{name}, as run in cell [{cell}]{new}")
    return "; ".join(found)


def _made_in(shell, names):
    """Return function's name -> number of the cell that defined it."""
    made = {}
    for name, thing in names.items():
        if isinstance(thing, types.FunctionType) and thing.__module__ == "__main__":
            _, label = shell.compile.format_code_name(thing.__code__.co_filename) or ("", "")
            if number := re.fullmatch(r"In\[(\d+)\]", label):
                made[name] = int(number[1])
    return made
