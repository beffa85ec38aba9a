"""What the picture of a witness says, row by row; where it stands on the page is timeline's affair."""

import dataclasses
import re

from shmlab.explorer import ops
from shmlab.explorer.diagnosis import patterns
from shmlab.show.timeline import memory_words, waits

_WAITS_FOR = re.compile(r"waits to acquire (.+?)(?: in line \d+)?$")
_GIVES = ("flush", "release", "notify", "notify_all")
_WHOLE = 30  # letters of an array that is shown whole
_MOST_LINES = 10
_ABOUT_MEMORY = ("invariant", "always", "exception")
HEADINGS = {
    "invariant": "the invariant does not hold",
    "always": "a rule that must always hold is broken",
    "deadlock": "a deadlock",
    "livelock": "a livelock",
    "exception": "an exception",
    "endless": "a loop without end",
    "impossible": "what must be possible is not",
    "nondeterministic": "not the same twice",
}


@dataclasses.dataclass(frozen=True)
class Row:
    """One row. `kind`: start, step, folded or end. `memory`: lines about what is touched; `changed`: whether it
    changes; `sync`: whether it is no field but a semaphore or the like. `arrow`: "to" or "from" memory, "both",
    a "link" without a head, or "". `buffer`: the stores that wait after it, or None. `dashed`: whether the process
    itself does not act in it: a flush, a crash. `error`, `lost`: how it is marked."""

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
    """A lost update: indexes of the load, of the other's stores that are lost, and of the store on top of them."""

    load: int
    lost: tuple
    store: int


class Story:
    """The rows of a witness, and what is said above and below them. `failure`: of its verdict, or None."""

    def __init__(self, witness, failure=None):
        self.witness, self.failure = witness, failure
        self.waits = waits.Waits(witness.steps)
        self.losses = self._losses() if self._may_be_lost_updates() else ()
        self.fields = self._fields()
        self.rows = tuple(self._rows())

    def ranks(self):
        """The processes that get a column: all of them, or of many those that matter."""
        everybody = range(len(self.witness.ends))
        active = {self.witness.steps[index].rank for index in self.witness.core}
        chosen = [rank for rank in everybody if rank in active or self.is_error(rank)]
        return chosen if len(everybody) > 2 and chosen else list(everybody)

    def stuck(self):
        """Whether nobody can go on: whoever has not ended waits."""
        ends = self.witness.ends
        return any(map(_waits, ends)) and all(_waits(end) or end in ("finished", "was killed") for end in ends)

    def is_error(self, rank):
        """Whether the way a process stands at the end is the error."""
        end = self.witness.ends[rank]
        return end.startswith(("raised", "loops")) or (_waits(end) and self.stuck())

    def breaks_memory(self):
        """Whether it is the last content of memory that fails."""
        return self.failure is not None and self.failure.kind in ("invariant", "always")

    def explanation(self):
        """The lost updates in sentences."""
        steps, told = self.witness.steps, []
        for loss in self.losses[:3]:
            load, last, store = (steps[index] for index in (loss.load, loss.lost[-1], loss.store))
            told.append(
                f"P{load.rank} loads {load.target} in step {loss.load + 1} and keeps {load.value}; "
                f"P{last.rank} stores {last.value} in step {loss.lost[-1] + 1}; P{store.rank} stores {store.value} in "
                f"step {loss.store + 1}, computed from the old {load.value}, and so overwrites what P{last.rank} did."
            )
        return told

    # Lost updates.

    def _may_be_lost_updates(self):
        """Whether to mark them: not where the failure is known to be something else."""
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

    def _notes(self, index):
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
            yield from self._folded(before + 1, index)
            yield self._step(index)
            before = index
        yield from self._folded(before + 1, len(witness.steps))
        yield Row("end", memory=(*self.fields_in(witness.final), *self._takers(), *self.waits.in_the_end()))

    def _step(self, index):
        step, earlier = self.witness.steps[index], self._memory_before(index)
        memory, sync = self._touched(index, step, earlier), step.kind not in (*ops.MEMORY, "flush")
        own = self._own_store(index)
        notes = self._notes(index) + (["its own store, from its buffer"] if own else [])
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
            buffer=self._buffer(index),
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

    def _waiting_before(self, index):
        """The stores in the buffer of the process that takes a step, before it."""
        return self.witness.steps[index - 1].buffers[self.witness.steps[index].rank] if index else ()

    def _own_store(self, index):
        """Whether a load finds its value in the process's own store buffer."""
        step = self.witness.steps[index]
        waiting = self._waiting_before(index)
        return step.kind in ops.LOADS and any(one.startswith(f"{step.target} ← ") for one in waiting)

    def _buffer(self, index):
        step = self.witness.steps[index]
        after = step.buffers[step.rank]
        return after if after or self._waiting_before(index) else None

    def _folded(self, first, last):
        """Rows for steps nobody needs to see; a livelock's loop begins in a row of its own."""
        loop = self.witness.loop
        if loop is not None and first < loop < last:
            yield from self._folded(first, loop)
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
        """The fields that the picture is about, with their values: one line each."""
        lines = tuple(f"{path} = {memory_words.at(memory, path)}" for path in self.fields)
        more = len(lines) - _MOST_LINES
        return (*lines[:_MOST_LINES], f"… {more} more") if more > 0 else lines

    def _fields(self):
        """Paths of what is touched in the core or changes: small fields whole, of large ones their parts."""
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

    def _takers(self):
        """For each object that somebody waits to acquire: who has taken it."""
        if not self.stuck():
            return ()
        wanted = dict.fromkeys(found[1] for end in self.witness.ends if (found := _WAITS_FOR.match(end)))
        lines = []
        for name in sorted(wanted):
            takers = self._taken(name)
            lines.append(f"{name} taken by {', '.join(takers)}" if takers else f"{name}: nobody releases it")
        return tuple(lines)

    def _taken(self, name):
        """Who took units of an object that were not given back since: P1 (step 2)."""
        open_ = []
        for index, step in enumerate(self.witness.steps):
            if step.kind == "wait":
                open_.clear()  # it gives a mutex back, and takes it again; which one, its step does not say
            elif step.target == name and memory_words.takes(step):
                open_.append((step.rank, index))
            elif step.target == name and step.kind == "release" and open_:
                own = [one for one in open_ if one[0] == step.rank]
                open_.remove(own[-1] if own else open_[0])
        return [f"P{rank} (step {index + 1})" for rank, index in open_]


def _waits(end):
    return end.startswith("waits")
