"""The content of a witness's picture, row by row: words, without any place on the page (see geometry)."""

import dataclasses
import re

from shmlab.explorer import ops
from shmlab.explorer.diagnosis import patterns
from shmlab.show.timeline import memory_words, waits

_WAITS_FOR = re.compile(r"waits to acquire (.+?)(?: in line \d+)?$")
_GIVES = ("flush", "release", "notify", "notify_all")
_WHOLE = 30  # letters at most of an array that is shown whole
_MOST_LINES = 10
_ABOUT_MEMORY = ("invariant", "always", "exception")
HEADINGS = {
    "invariant": "the invariant does not hold",
    "always": "a rule that must always hold is broken",
    "not linearizable": "no order of the operations explains their results",
    "deadlock": "a deadlock",
    "livelock": "a livelock",
    "exception": "an exception",
    "endless": "a loop without end",
    "impossible": "something that must be possible never happens",
    "nondeterministic": "two runs of one schedule differ",
}


@dataclasses.dataclass(frozen=True)
class Row:
    """One row of the picture.

    `kind`: start, step, folded or end. `memory`: lines about what the step touches; `changed`: whether it changes
    memory; `sync`: whether the lines are about a semaphore, mutex or the like, and not a field. `arrow`: "to" or
    "from" memory, "both", a "link" without a head, or "". `buffer`: the stores in the store buffer after the step, or
    None. `dashed`: whether the step is not the process's own doing: a flush, a crash. `error`, `lost`: how the row is
    marked.
    """

    kind: str
    rank: int | None = None
    index: int | None = None
    words: str = ""
    source: str = ""
    notes: tuple = ()
    memory: tuple = ()
    changed: bool = False
    sync: bool = False
    arrow: str = ""
    buffer: tuple | None = None
    preempts: bool = False
    dashed: bool = False
    error: bool = False
    lost: bool = False


@dataclasses.dataclass(frozen=True)
class Loss:
    """A lost update: indexes of the load, of the other process's stores that are lost, and of the store over them."""

    load: int
    lost: tuple
    store: int


class WitnessText:
    """The rows of a witness, and the sentences above and below them. `failure`: the verdict's Failure, or None."""

    def __init__(self, witness, failure=None):
        self.witness, self.failure = witness, failure
        self.waits = waits.Waits(witness.steps)
        self.losses = self._losses() if self._may_be_lost_updates() else ()
        self.fields = self._shown_paths()
        self.rows = tuple(self._rows())

    def ranks(self):
        """Return the ranks that get a column: all; of more than two, those with a step in the core or an error."""
        everybody = range(len(self.witness.ends))
        active = {self.witness.steps[index].rank for index in self.witness.core}
        chosen = [rank for rank in everybody if rank in active or self.is_error(rank)]
        return chosen if len(everybody) > 2 and chosen else list(everybody)

    def stuck(self):
        """Return whether no process can go on: each one waits, or has ended, and at least one waits."""
        ends = self.witness.ends
        return any(map(_waits, ends)) and all(_waits(end) or end in ("finished", "was killed") for end in ends)

    def is_error(self, rank):
        """Return whether the state of process `rank` at the end is an error."""
        end = self.witness.ends[rank]
        return end.startswith(("raised", "loops")) or (_waits(end) and self.stuck())

    def breaks_memory(self):
        """Return whether the failure is in the last content of memory."""
        return self.failure is not None and self.failure.kind in ("invariant", "always")

    def explanation(self):
        """Return sentences about the lost updates."""
        steps, sentences = self.witness.steps, []
        for loss in self.losses[:3]:
            load, last, store = (steps[index] for index in (loss.load, loss.lost[-1], loss.store))
            sentences.append(
                f"P{load.rank} loads {load.target} in step {loss.load + 1} and keeps {load.value}; "
                f"P{last.rank} stores {last.value} in step {loss.lost[-1] + 1}; P{store.rank} stores {store.value} in "
                f"step {loss.store + 1}, computed from the old {load.value}, and so overwrites what P{last.rank} did."
            )
        return sentences

    # Lost updates.

    def _may_be_lost_updates(self):
        """Return whether to mark lost updates: not if the diagnosis names something else."""
        if self.witness.memory != "sc" or self.failure is None:
            return self.witness.memory == "sc"
        name = self.failure.diagnosis
        return name in ("lost update", "wrong lock") or (not name and self.failure.kind in _ABOUT_MEMORY)

    def _losses(self):
        steps, shown, found = self.witness.steps, set(self.witness.core), []
        for load, index in self.witness.updates:
            if steps[index].kind not in ops.STORES or not {load, index} <= shown:
                continue
            between = range(load + 1, index)
            lost = tuple(at for at in between if at in shown and patterns.writes_over(steps[at], steps[index]))
            if lost:
                found.append(Loss(load, lost, index))
        return tuple(found)

    def _loss_notes(self, index):
        notes, steps = [], self.witness.steps
        for loss in self.losses:
            if index == loss.load:
                notes.append(f"keeps {steps[index].value} until step {loss.store + 1}")
            if index in loss.lost:
                notes.append(f"lost: step {loss.store + 1} overwrites it")
            if index == loss.store:
                notes.append(f"computed from the {steps[loss.load].value} of step {loss.load + 1}")
        return notes

    # The rows.

    def _rows(self):
        witness, before = self.witness, -1
        if self.fields:
            yield Row("start", memory=self.fields_in(witness.initial))
        for index in witness.core:
            yield from self._folded_rows(before + 1, index)
            yield self._step_row(index)
            before = index
        yield from self._folded_rows(before + 1, len(witness.steps))
        yield Row("end", memory=(*self.fields_in(witness.final), *self._taker_lines(), *self.waits.in_the_end()))

    def _step_row(self, index):
        step, earlier = self.witness.steps[index], self._memory_before(index)
        memory, sync = self._touched(index, step, earlier), step.kind not in (*ops.MEMORY, "flush")
        own = self._reads_own_store(index)
        notes = self._loss_notes(index) + (["its own store, from its buffer"] if own else [])
        last = index == len(self.witness.steps) - 1
        return Row(
            "step",
            step.rank,
            index,
            step.words,
            f"{step.line}: {step.source}" if step.line else "",
            tuple(notes),
            memory,
            changed=earlier != step.memory,
            sync=sync,
            arrow="" if own or not memory else self._arrow(step),
            buffer=self._buffer_after(index),
            preempts=step.preempts,
            dashed=step.kind in ("flush", "crash"),
            error=any(index in (loss.load, loss.store) for loss in self.losses)
            or (last and self.failure is not None and self.failure.kind == "always"),
            lost=any(index in loss.lost for loss in self.losses),
        )

    def _touched(self, index, step, earlier):
        """What a step is about, in lines; of a wait or a notification, who waits after it."""
        if not step.kind.startswith(("wait", "wake", "notify", "barrier")):
            return memory_words.touched(step, earlier)
        if waits.ends(step):
            return ("its mutex taken",)
        gives = ("its mutex given back",) if waits.begins(step) and step.kind == "wait" else ()
        return (waits.queue(step.target, self.waits.at(step.target, index)), *gives)

    def _arrow(self, step):
        if step.kind in ops.LOADS or step.kind == "value" or memory_words.takes(step):
            return "from"
        if step.kind in ops.UPDATES:
            return "both" if step.value is not False else "from"
        if step.kind in ops.STORES:
            return "to" if self.witness.memory == "sc" else ""
        if waits.ends(step):
            return "from"
        return "to" if step.kind in _GIVES or waits.begins(step) else "link"

    def _memory_before(self, index):
        return self.witness.steps[index - 1].memory if index else self.witness.initial

    def _buffer_before(self, index):
        """Return the stores in the acting process's store buffer before a step."""
        return self.witness.steps[index - 1].buffers[self.witness.steps[index].rank] if index else ()

    def _reads_own_store(self, index):
        """Return whether a step is a load that takes its value from the process's own store buffer."""
        step = self.witness.steps[index]
        waiting = self._buffer_before(index)
        return step.kind in ops.LOADS and any(one.startswith(f"{step.target} ← ") for one in waiting)

    def _buffer_after(self, index):
        step = self.witness.steps[index]
        after = step.buffers[step.rank]
        return after if after or self._buffer_before(index) else None

    def _folded_rows(self, first, last):
        """Yield rows that stand for steps outside the core; a livelock's loop begins in a row of its own."""
        loop = self.witness.loop
        if loop is not None and first < loop < last:
            yield from self._folded_rows(first, loop)
            first = loop
        if first == last:
            return
        steps = self.witness.steps[first:last]
        ranks = sorted({step.rank for step in steps})
        switches = sum(step.preempts for step in steps[1:])
        words = f"… {', '.join(f'P{rank}' for rank in ranks)}: step" + (
            f"s {first + 1} to {last}" if len(steps) > 1 else f" {last}"
        )
        if switches:
            words += f", {switches} preemption{'s' if switches > 1 else ''}"
        yield Row(
            "folded",
            ranks[0] if len(ranks) == 1 else None,
            first,
            words,
            memory=memory_words.changes(self._memory_before(first), steps[-1].memory)[:3],
            preempts=steps[0].preempts,
        )

    # Memory in words.

    def fields_in(self, memory):
        """Return the fields that the picture shows, with their values: one line each."""
        lines = tuple(f"{path} = {memory_words.at(memory, path)}" for path in self.fields)
        more = len(lines) - _MOST_LINES
        return (*lines[:_MOST_LINES], f"… {more} more") if more > 0 else lines

    def _shown_paths(self):
        """Return the paths that the core touches or that change: a small field whole, of a large one its parts."""
        witness, wanted = self.witness, {}
        for index in witness.core:
            step = witness.steps[index]
            if step.kind in ops.MEMORY or step.kind == "flush":
                wanted.setdefault(memory_words.path(step.target))
        start, end = memory_words.leaves(witness.initial), memory_words.leaves(witness.final)
        wanted.update(dict.fromkeys(path for path in end if start[path] != end[path]))
        found = []
        for name, value in witness.initial.items():
            parts = [path for path in wanted if memory_words.root(path) == name]
            small = not isinstance(value, dict) and len(str(value)) + len(name) <= _WHOLE
            found += [name] if parts and small else parts
        return found or (list(witness.initial) if self.breaks_memory() else [])

    def _taker_lines(self):
        """Return a line for each object that a process waits to acquire: which processes have taken it."""
        if not self.stuck():
            return ()
        wanted = dict.fromkeys(found[1] for end in self.witness.ends if (found := _WAITS_FOR.match(end)))
        lines = []
        for name in sorted(wanted):
            takers = self._open_acquires(name)
            lines.append(f"{name} taken by {', '.join(takers)}" if takers else f"{name}: nobody releases it")
        return tuple(lines)

    def _open_acquires(self, name):
        """Return the steps that took an object and did not give it back, as "P1 (step 2)"."""
        not_given_back = []
        for index, step in enumerate(self.witness.steps):
            if step.kind == "wait":
                not_given_back.clear()  # a wait gives its mutex back and takes it again; the step does not name it
            elif step.target == name and memory_words.takes(step):
                not_given_back.append((step.rank, index))
            elif step.target == name and step.kind == "release" and not_given_back:
                own = [one for one in not_given_back if one[0] == step.rank]
                not_given_back.remove(own[-1] if own else not_given_back[0])
        return [f"P{rank} (step {index + 1})" for rank, index in not_given_back]


def _waits(end):
    return end.startswith("waits")
