"""What a tutor knows about an item: hints, each further than the one before, and the misconceptions behind wrong
answers, each with what it shows itself by."""

from __future__ import annotations

import contextvars
import dataclasses
import functools
import html
from collections.abc import Callable, Sequence
from typing import Any

from shmlab.explorer.explain.telling import tell
from shmlab.explorer.question import Terms

# In the trusted parent of a sandbox: the list that takes each ItemResult, which is then not displayed.
COLLECTED = contextvars.ContextVar("collected", default=None)
_MOST_STEPS = 300  # of a process that runs alone


@dataclasses.dataclass(frozen=True)
class Misconception:
    """A wrong idea. `name`: for the class report. `sentence`: what to look at, never the answer. `when(seen)`: whether
    what was Seen comes from it; a wrong name is worse than none."""

    name: str
    sentence: str
    when: Callable[[Seen], object]


@dataclasses.dataclass(frozen=True)
class Tutored:
    """What a tutor cell says about an item."""

    hints: tuple = ()
    misconceptions: tuple = ()

    def named(self, seen):
        """The first Misconception that shows in what was seen, or None."""
        return next((one for one in self.misconceptions if _shows(one, seen)), None)


def _shows(misconception, seen):
    try:
        return bool(misconception.when(seen))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):  # it looked for what this answer has not
        return False


class Seen:
    """What a part of a check has seen of an answer. `title`: of the part. `program` and `verdict`: where it was a check
    of one. `got`: the value, where it was a question. `words`: why there is no verdict, in words."""

    def __init__(
        self, title: str, *, program: Any = None, verdict: Any = None, got: Any = None, words: str = ""
    ) -> None:
        self.title, self.program, self.verdict, self.got = title, program, verdict, got
        self._words = words

    @property
    def kind(self) -> str:
        """The kind of the failure, or ""."""
        return self.verdict.failure.kind if self.verdict is not None and self.verdict.failure else ""

    @property
    def words(self) -> str:
        """The failure in a sentence, or ""."""
        return self.verdict.failure.sentence if self.kind else self._words

    @property
    def diagnosis(self) -> str:
        """The pattern behind the failure as the explorer proved it, or ""."""
        return self.verdict.failure.diagnosis if self.kind else ""

    @property
    def final(self) -> dict[str, Any]:
        """The last content of memory, field -> value, or {}."""
        return self.verdict.witness.final if self.kind and self.verdict.witness else {}

    def alone(self, rank: int) -> tuple[str, ...]:
        """What process `rank` does when it runs alone from the start, in words: "acquire lock", "load seats" …"""
        return _alone(self.program, rank)


@functools.lru_cache(maxsize=64)
def _alone(program, rank):
    question = program.question()
    model = Terms().model(question, question.behaviour(marked=False))
    state, schedule = model.initial, []
    while len(schedule) < _MOST_STEPS:
        moves = [(move, following) for move, following in model.successors(state) if move == (rank, "go")]
        if not moves:
            break
        move, state = moves[0]
        schedule.append(move)
    witness = tell(model, question.layout, question.names(), schedule, title=question.title)
    return tuple(f"{step.kind} {step.target}" for step in witness.steps)


_tutored = {}
_attempts = {}


def tutor(item: str, *, hints: Sequence[str], misconceptions: Sequence[Misconception] = ()) -> None:
    """Say what a tutor knows about an item; in a notebook, show the hints, folded.

    `hints`: three sentences, each further. `misconceptions`: Misconceptions, the tightest first.
    """
    _tutored[item] = Tutored(tuple(hints), tuple(misconceptions))
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
    """What is known about an item: a Tutored, empty where no tutor cell was run."""
    return _tutored.get(item, Tutored())


def next_hint(item, said, *, first=False):
    """The next hint for an item, each time that something else is `said` of it a further one; `first`: the first,
    whatever was asked before."""
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
