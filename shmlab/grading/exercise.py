"""The check of an exercise: its parts looked at one after the other, the points, and what to say about them."""

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
    results, done = [], True
    for part in parts:
        result = _looked_at(part, name) if done else None
        done = done and result is not None
        results.append(result)
    item = _not_done(name, points) if not done else _item(name, parts, results, points)
    collected = COLLECTED.get()
    if collected is not None:
        collected.append(item)
    else:
        _display(item)
    return item.score or 0.0


def _check_use(name, parts, points):
    if not isinstance(name, str) or not parts:
        raise TypeError(f"grade({name!r}, …): give the item's name and at least one part")
    if isinstance(points, bool) or not isinstance(points, int | float) or points <= 0:
        raise ValueError(f"grade({name!r}): points is {points!r}: give a number above 0")


class NotDone(Exception):
    """The answer is still the stub."""


def _looked_at(part, name):
    """The PartResult, whatever the learner's code does; None for a stub."""
    try:
        return part.look(name)
    except NotDone:
        return None
    except Unjudged as error:
        return PartResult(part.title, None, f"this could not be judged: the process {error}")
    except Ended as error:
        return PartResult(part.title, 0.0, f"the process {error}")
    except NotImplementedError as error:
        return None if "not done yet" in str(error) else _failed(part, error)
    except NameError as error:
        return PartResult(part.title, 0.0, f"{_without_period(error)}: run the cell with your answer first, and look "
                          "whether it defines that name")  # fmt: skip
    except Exception as error:
        return _failed(part, error)


def _failed(part, error):
    return PartResult(part.title, 0.0, f"{type(error).__name__}: {_without_period(error)}")


def _without_period(error):
    return str(error).rstrip(".")


def _not_done(name, points):
    return ItemResult(name, points, 0.0, NOT_DONE, note="not done yet")


def _item(name, parts, results, points):
    shares = [result.share for result in results]
    hint = "" if all(share == 1 for share in shares) else next_hint(name, first=COLLECTED.get() is not None)
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
