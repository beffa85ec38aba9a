"""A schedule told step by step: who did what, in which line, and what memory was then."""

import dataclasses

from shmlab import layout
from shmlab.base.table import Table, Tabled
from shmlab.explorer import ops
from shmlab.explorer.explain import who_waits, witness_json


@dataclasses.dataclass(frozen=True)
class Step:
    """One step of a schedule.

    `rank`: of the process. `kind`: the operation, or "flush", "crash", "time out", "wake". `target`: the field or
    object. `value`: what was loaded, stored or answered. `words`: the step in words. `line`, `source`,
    `function`, `file`: the learner's own line. `registers`: local variables before it. `memory`: the shared
    fields after it, plain Python. `buffers`: for each process the stores that wait, in words. `preempts`:
    a switch away from a process that could have gone on. `offset`, `size`: bytes of memory it touches.
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
    registers: tuple
    memory: dict
    buffers: tuple
    preempts: bool
    offset: int
    size: int
    span: tuple = ()

    @property
    def reads(self):
        return self.kind in ops.LOADS or self.kind in ops.UPDATES

    @property
    def writes(self):
        """Whether it gives a field a value (under TSO and PSO: into the store buffer)."""
        return self.kind in ops.STORES or self.kind in ops.UPDATES


@dataclasses.dataclass(frozen=True, repr=False)
class Witness(Tabled):
    """A schedule that fails. `schedule`: its moves, what replay forces. `steps`: the same told. `core`: indexes
    of the steps that explain it. `preemptions`: switches away from a process that could have gone on.
    `final`: the last content of memory. `ends`: how each process stands at the end, in words.
    `loop`: index of the step where a livelock's cycle begins, or None. `memory`: the memory model. `updates`: (load,
    store) indexes of the updates in it that overwrite what another process stored in between.

    `to_json` keeps it as text, for a bug report or for homework; `Witness.from_json` reads that again, to be drawn,
    told or replayed.
    """

    schedule: tuple
    steps: tuple
    core: tuple
    preemptions: int
    final: dict
    ends: tuple
    loop: int | None
    memory: str
    title: str
    initial: dict
    raw: bytes = b""
    updates: tuple = ()

    def to_json(self):
        """All of it as text: JSON, one line for each step, with the version of its form."""
        return witness_json.dumped(self)

    @classmethod
    def from_json(cls, text):
        """The Witness that `to_json` made a text of, equal to it. Raises ValueError, naming what is wrong, for a text
        that is no witness."""
        return witness_json.loaded(text, cls, Step)

    def who_waits(self):
        """Who waits at its end, for whom and for which lock: a WhoWaits."""
        return who_waits.of_witness(self)

    def table(self):
        """One row for each step of the core; what is folded away between them is counted."""
        rows, before = [], -1
        for index in self.core:
            if index - before > 1:
                rows.append(self._folded(before + 1, index))
            step = self.steps[index]
            held = "; ".join(f"P{rank}: {', '.join(one)}" for rank, one in enumerate(step.buffers) if one)
            number = f"{index + 1}{' (loop)' if index == self.loop else ''}"
            cells = (number, f"P{step.rank}", step.words, _line(step), layout.in_words(step.memory))
            rows.append((*cells, held) if self.memory != "sc" else cells)
            before = index
        if len(self.steps) - before > 1:
            rows.append(self._folded(before + 1, len(self.steps)))
        headings = ("step", "process", "what it does", "line", "memory after it")
        headings = headings if self.memory == "sc" else (*headings, "in store buffers")
        switches = f"{self.preemptions} preemption{'' if self.preemptions == 1 else 's'}"
        caption = f"{self.title}: {len(self.steps)} steps, {switches}; before: {layout.in_words(self.initial)}"
        return Table(caption, headings, tuple(rows), "\n".join(f"P{n} {end}" for n, end in enumerate(self.ends)))

    def _folded(self, first, last):
        """A row that stands for steps nobody needs to see: P1 goes through steps 2 to 200."""
        ranks = sorted({step.rank for step in self.steps[first:last]})
        where = f"{first + 1} to {last}" if last - first > 1 else f"{first + 1}"
        row = (where, ", ".join(f"P{rank}" for rank in ranks), "…", "", layout.in_words(self.steps[last - 1].memory))
        return row if self.memory == "sc" else (*row, "")


def _line(step):
    return f"{step.line}: {step.source}" if step.line else ""
