"""What a tutor knows about an item: hints, each of which says more than the one before, and the misconceptions behind
wrong answers, each with the pattern by which it is recognized."""

from __future__ import annotations

import contextvars
import dataclasses
import html
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shmlab.grading.checks.seen import Seen

# In the trusted parent of a sandbox: the list that takes each ItemResult, which is then not displayed.
COLLECTED = contextvars.ContextVar("collected", default=None)


def _of_nothing(seen: Seen) -> bool:
    """Return False: a Misconception whose `when` was not called is behind no answer."""
    return False


@dataclasses.dataclass(frozen=True)
class Misconception:
    """A wrong idea, as `Misconception("Look at …").when(lambda seen: "take lock" not in seen.alone())`.

    `sentence`: what to look at, never the answer; line breaks and indentation in it count as one space.
    `pattern(seen)`: whether this idea is behind what was Seen; a wrong name is worse than none. `name`: for the class
    report; `tutor` gives it.
    """

    sentence: str
    pattern: Callable[[Seen], object] = _of_nothing
    name: str = ""

    def when(self, *patterns: Callable[[Seen], object]) -> Misconception:
        """Return this Misconception with its pattern: all of these, asked in turn, are true of what was Seen."""
        return dataclasses.replace(self, pattern=lambda seen: all(pattern(seen) for pattern in patterns))

    def called(self, name: str) -> Misconception:
        """Return this Misconception with its name, and its sentence as one line."""
        return dataclasses.replace(self, name=name, sentence=" ".join(self.sentence.split()))


@dataclasses.dataclass(frozen=True)
class Tutored:
    """What a tutor cell says about an item."""

    hints: tuple = ()
    misconceptions: tuple = ()

    def named(self, seen):
        """Return the first Misconception that fits what was Seen, or None."""
        return next((one for one in self.misconceptions if _shows(one, seen)), None)


def _shows(misconception, seen):
    try:
        return bool(misconception.pattern(seen))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):  # it looked for what this answer has not
        return False


_tutored = {}
_attempts = {}


def tutor(item: str, *, hints: Sequence[str], misconceptions: Mapping[str, Misconception] | None = None) -> None:
    """Say what a tutor knows about an item; in a notebook, show the hints, folded.

    `hints`: three sentences, each of which says more. `misconceptions`: name -> Misconception; the first whose pattern
    is true is named, so what is narrow stands above what is wide.
    """
    named = tuple(misconception.called(name) for name, misconception in (misconceptions or {}).items())
    _tutored[item] = Tutored(tuple(hints), named)
    if COLLECTED.get() is None:
        _show(item, hints)


def _show(item, hints):
    from IPython.display import display

    from shmlab.grading.checks.feedback import with_code

    folded = [
        f"<details><summary>Hint {number} for <code>{html.escape(item)}</code></summary>"
        f"<p>{with_code(hint)}</p></details>"
        for number, hint in enumerate(hints, start=1)
    ]
    plain = f"{len(hints)} hints for {item}: open them in the browser"
    display({"text/html": "\n".join(folded), "text/plain": plain}, raw=True)


def about(item):
    """Return the Tutored of an item; an empty one if no tutor cell was run."""
    return _tutored.get(item, Tutored())


def tutored():
    """Return the items whose tutor cells were run."""
    return tuple(_tutored)


def next_hint(item, said, *, first=False):
    """Return the next hint for an item: a further one each time that what is `said` of it has changed. `first`: return
    the first hint, whatever was asked before."""
    hints = about(item).hints
    if not hints:
        return ""
    if first:
        return hints[0]
    asked, before = _attempts.get(item, (-1, None))
    if said != before:
        asked = min(asked + 1, len(hints) - 1)
    _attempts[item] = asked, said
    return hints[asked]
