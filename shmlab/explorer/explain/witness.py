"""A schedule step by step: which process did what, in which line, and what memory was then."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from shmlab import layout
from shmlab.base.plurals import counted
from shmlab.base.table import Table, Tabled
from shmlab.explorer import ops
from shmlab.explorer.explain import who_waits, witness_json

if TYPE_CHECKING:
    from shmlab.explorer.explain.history import History
    from shmlab.explorer.explain.who_waits import WhoWaits


@dataclasses.dataclass(frozen=True)
class Step:
    """One step of a schedule.

    `rank`: of the process. `kind`: the operation, or "flush", "crash", "time out", "wake". `target`: the field or
    object. `value`: what was loaded, stored or answered. `words`: the step in words. `line`, `source`, `function`,
    `file`: the learner's own line. `registers`: local variables before the step, as (name, value in words). `memory`:
    the shared fields after it, in plain Python. `buffers`: for each process the stores in its buffer, in words.
    `preempts`: whether the step is a switch away from a process that could have gone on. `offset`, `size`: the bytes
    of memory that it touches. `span`: (line, end line, column, end column) of the expression.
    """

    rank: int
    kind: str
    target: str
    value: object
    words: str
    line: int | None
    source: str
    function: str
    file: str
    registers: tuple[Any, ...]
    memory: dict[str, Any]
    buffers: tuple[Any, ...]
    preempts: bool
    offset: int
    size: int
    span: tuple[Any, ...] = ()

    @property
    def reads(self) -> bool:
        """Return whether the step loads a field."""
        return self.kind in ops.LOADS or self.kind in ops.UPDATES

    @property
    def writes(self) -> bool:
        """Return whether the step gives a field a value (under TSO and PSO: into the store buffer)."""
        return self.kind in ops.STORES or self.kind in ops.UPDATES


@dataclasses.dataclass(frozen=True, repr=False)
class Witness(Tabled):
    """A schedule that fails.

    `schedule`: its moves, which replay forces. `steps`: the same moves described. `core`: indexes of the steps that
    explain it. `preemptions`: switches away from a process that could have gone on. `initial`, `final`: the first and
    the last content of memory; `raw`: the last as bytes. `ends`: how each process stands at the end, in words. `loop`:
    index of the step where a livelock's cycle begins, or None. `memory`: the memory model. `updates`: (load, store)
    indexes of the updates that overwrite what another process stored in between. `history`: the operations of a program
    with a specification, a History; `plot` draws it; else None.

    `to_json` turns it into text, for a bug report or for homework; `Witness.from_json` reads that text again, to be
    drawn or replayed.
    """

    schedule: tuple[Any, ...]
    steps: tuple[Step, ...]
    core: tuple[int, ...]
    preemptions: int
    final: dict[str, Any]
    ends: tuple[str, ...]
    loop: int | None
    memory: str
    title: str
    initial: dict[str, Any]
    raw: bytes = b""
    updates: tuple[tuple[int, int], ...] = ()
    history: History | None = None

    def to_json(self) -> str:
        """Return the witness as text: JSON, one line for each step, with the version of the format."""
        return witness_json.dumped(self)

    @classmethod
    def from_json(cls, text: str) -> Witness:
        """Return the Witness that `to_json` made a text of, equal to the original. Raise ValueError for a text that is
        no witness, saying what is wrong; TypeError if it is no text."""
        return witness_json.loaded(text, cls, Step)

    def who_waits(self) -> WhoWaits:
        """Return a WhoWaits: which process waits at the end, for which process and which lock."""
        return who_waits.of_witness(self)

    def table(self) -> Table:
        """Return a Table with one row for each step of the core; the steps between them are folded into one row."""
        rows, before = [], -1
        for index in self.core:
            if index - before > 1:
                rows.append(self._folded(before + 1, index))
            step = self.steps[index]
            buffered = "; ".join(f"P{rank}: {', '.join(stores)}" for rank, stores in enumerate(step.buffers) if stores)
            number = f"{index + 1}{' (loop)' if index == self.loop else ''}"
            cells = (number, f"P{step.rank}", step.words, _line(step), _in_a_row(step.memory))
            rows.append((*cells, buffered) if self.memory != "sc" else cells)
            before = index
        if len(self.steps) - before > 1:
            rows.append(self._folded(before + 1, len(self.steps)))
        headings: tuple[str, ...] = ("step", "process", "what it does", "line", "memory after it")
        headings = headings if self.memory == "sc" else (*headings, "in store buffers")
        steps, switches = counted(len(self.steps), "step"), counted(self.preemptions, "preemption")
        caption = f"{self.title}: {steps}, {switches}; before: {layout.in_words(self.initial)}"
        return Table(caption, headings, tuple(rows), "\n".join(f"P{n} {end}" for n, end in enumerate(self.ends)))

    def _folded(self, first, last):
        """Return a row that stands for all steps from `first` to before `last`: P1 goes through steps 2 to 200."""
        ranks = sorted({step.rank for step in self.steps[first:last]})
        where = f"{first + 1} to {last}" if last - first > 1 else f"{first + 1}"
        row = (where, ", ".join(f"P{rank}" for rank in ranks), "…", "", _in_a_row(self.steps[last - 1].memory))
        return row if self.memory == "sc" else (*row, "")


def _in_a_row(memory):
    """Return memory in words, short enough for each row: of a Structure only the values, as the caption names its
    fields."""
    return layout.in_words({name: _values(one) for name, one in memory.items()})


def _values(one):
    return f"{{{', '.join(map(str, one.values()))}}}" if isinstance(one, dict) else one


def _line(step):
    return f"{step.line}: {step.source}" if step.line else ""
