"""Show an interleaving moment by moment on a page, without a kernel: the reader steps forth and back.

A picture of all steps shows their order at once; who follows it for the first time wants one step at a time. The page
needs no script: radio buttons choose the moment, so that it works in an exported page, and with the keyboard.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
from typing import Any, NamedTuple

from shmlab.base.plurals import counted
from shmlab.base.table import Table, Tabled
from shmlab.base.templates import environment
from shmlab.explorer.explain.witness import Witness
from shmlab.show.style import process_colour
from shmlab.show.timeline.waits import Waits, queue

_numbers = itertools.count(1)


class Row(NamedTuple):
    """Hold one process at one moment. `acts`: whether the step of this moment is its step."""

    name: str
    colour: str
    words: str
    line: str
    now: str
    acts: bool


class Moment(NamedTuple):
    """Hold what there is after one step. `memory`: (field, value in words, whether it has just changed) for each."""

    heading: str
    rows: tuple[Row, ...]
    memory: tuple[tuple[str, str, bool], ...]
    waits: tuple[str, ...]


class Stepped(Tabled):
    """An interleaving to step through: a notebook shows its moments one at a time; `table` has them all."""

    def __init__(self, witness: Witness, sentence: str = "") -> None:
        self._witness, self._sentence = witness, sentence
        self._waits = Waits(witness.steps)

    def table(self) -> Table:
        """Return the witness's Table."""
        return self._witness.table()

    def moments(self) -> list[Moment]:
        """Return the Moment before the first step, and one after each step."""
        return [self._moment(index) for index in range(-1, len(self._witness.steps))]

    def as_html(self) -> str:
        """Return the moments as HTML."""
        title = f"{self._witness.title}: {counted(len(self._witness.steps), 'step')}"
        name = f"shmlab-{hashlib.sha256(title.encode()).hexdigest()[:8]}-{next(_numbers)}"
        return _environment().get_template("stepped.html").render(name=name, title=title, moments=self.moments())

    def _moment(self, index: int) -> Moment:
        steps = self._witness.steps
        done = steps[: index + 1]
        before = steps[index - 1].memory if index > 0 else self._witness.initial
        memory = steps[index].memory if done else self._witness.initial
        heading = (
            f"Step {index + 1} of {len(steps)}: P{steps[index].rank} {steps[index].words}" if done else "The start"
        )
        if index == len(steps) - 1 and self._sentence:
            heading = f"{heading}. {self._sentence}"
        last = index == len(steps) - 1
        rows = tuple(self._row(rank, done, index, last) for rank in range(len(self._witness.ends)))
        fields = tuple((field, str(value), bool(done) and value != before[field]) for field, value in memory.items())
        queues = ((target, self._waits.at(target, index)) for target in self._waits.targets()) if done else ()
        return Moment(heading, rows, fields, tuple(queue(target, ranks) for target, ranks in queues))

    def _row(self, rank: int, done: Any, index: int, last: bool) -> Row:
        mine = [step for step in done if step.rank == rank]
        words, line = "", ""
        if mine:
            words = mine[-1].words
            line = f"{mine[-1].line}: {mine[-1].source.strip()}" if mine[-1].line else ""
        now = self._witness.ends[rank] if last else self._asleep(rank, index)
        return Row(f"P{rank}", process_colour(rank), words, line, now, bool(done) and done[-1].rank == rank)

    def _asleep(self, rank: int, index: int) -> str:
        """Return where a process sleeps after a step, in words, or ""."""
        for sleep in self._waits.sleeps:
            if sleep.rank == rank and sleep.start <= index:
                if sleep.woken is None or index < sleep.woken:
                    return f"sleeps at {sleep.target}"
                if sleep.back is None or index < sleep.back:
                    return f"woken, wants the mutex of {sleep.target}"
        return ""


def stepped(result: Any) -> Stepped:
    """Return an interleaving to step through, forth and back, on the page itself: no kernel is needed.

    `result`: a Verdict, whose smallest failing interleaving is shown, or a Witness. Raises ValueError for a Verdict
    that has no interleaving to show, TypeError for anything else.
    """
    if isinstance(result, Witness):
        return Stepped(result)
    if not hasattr(result, "witness"):
        raise TypeError(f"stepped() needs a Verdict or a Witness, not {type(result).__name__}")
    if result.witness is None:
        raise ValueError(f"there is no interleaving to step through: {result.sentence}")
    return Stepped(result.witness, result.failure.sentence)


@functools.cache
def _environment():
    return environment("shmlab.show")
