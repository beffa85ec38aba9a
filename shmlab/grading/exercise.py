"""The check of an exercise: its parts looked at one after the other, the points, and what to say about them."""

import linecache
import sys

import greenlet

from shmlab.explorer.host import place_of
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
from shmlab.grading.tutor import COLLECTED, next_hint


def grade(name, *parts, points):
    """Look at the parts of item `name`, show what they say, and return the points as a float.

    `parts`: what `holds`, `answers` or `leads` give. `points`: for all of them, shared out by their weights.
    Nothing that a learner wrote is raised; TypeError and ValueError are for the author of the check.
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
        _display(item)
    return Points(item.score or 0.0)


class Points(float):
    """What a check's cell gives: nbgrader reads the number; a notebook has shown it already, and shows nothing."""

    def _repr_html_(self):
        return "<!-- the points, for nbgrader -->"


def _check_use(name, parts, points):
    if not isinstance(name, str) or not parts:
        raise TypeError(f"grade({name!r}, …): give the item's name and at least one part")
    if isinstance(points, bool) or not isinstance(points, int | float) or points <= 0:
        raise ValueError(f"grade({name!r}): points is {points!r}: give a number above 0")


class NotDone(Exception):
    """The answer is still the stub."""


def _looked_at(part, name, check_file):
    """The PartResult, whatever the learner's code does; None for a stub. `check_file`: of the check's own code."""
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
    """Where an exception was raised: in a line of the learner's, or in the check, which got what it cannot use."""
    place = place_of(error, besides=check_file)
    if place is None:
        return " (raised in the check: look at what your function takes, and at what it gives back)"
    code = linecache.getline(place.file, place.line).strip()
    return f", in line {place.line}" + (f", {code!r}" if code else "")


def _without_period(error):
    return str(error).rstrip(".")


def _not_done(name, points):
    return ItemResult(name, points, 0.0, NOT_DONE, note="not done yet")


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


def _display(item):
    from IPython.display import display

    from shmlab.grading import feedback

    display({"text/html": feedback.as_html(item), "text/plain": feedback.as_text(item)}, raw=True)
