"""The verdict of a check: whether every interleaving was covered, what fails, and how to see it."""

import dataclasses
import sys

from shmlab import layout
from shmlab.base.plurals import counted
from shmlab.base.table import Table, Tabled
from shmlab.explorer import ops
from shmlab.explorer.explain.witness import Witness

MODEL_NAMES = {"sc": "sequential consistency", "tso": "TSO (x86 store buffers)", "pso": "PSO (one buffer a place)"}
DETERMINISTIC = "leave out clocks, random numbers and whatever survives a call"  # how to make a function deterministic


@dataclasses.dataclass(frozen=True)
class Failure:
    """What failed. `kind`: invariant, always, not linearizable, deadlock, livelock, exception, endless, impossible or
    nondeterministic.
    `sentence`: the failure in words. `diagnosis`: the name of the mistake behind it, "" if none is certain. `process`:
    the rank at fault, or None."""

    kind: str
    sentence: str
    diagnosis: str = ""
    process: int | None = None


@dataclasses.dataclass(frozen=True, repr=False)
class Verdict(Tabled):
    """The answer of Program.check.

    `ok`: True if every interleaving was covered and none failed; None if none failed among as many as the budget
    allowed; False if one failed. bool(verdict) says the same, and raises TypeError for None. `complete`: if `ok` is
    True, all were covered; if it is False, the witness is proven to be smallest. `interleavings`: how many there are,
    if that is finite and all were covered. `schedules`: ways to an end that were followed; `states`, `steps`: how many
    were visited. `advice`: processes that may starve and accesses that nothing orders (data races), in words; never a
    reason to fail. `apart`: if `ok` is None, what makes so many histories, with the line, or "".
    """

    ok: bool | None
    complete: bool
    failure: Failure | None
    witness: Witness | None
    schedules: int
    states: int
    steps: int
    interleavings: int | None
    memory: str
    title: str
    advice: tuple = ()
    apart: str = ""

    def __bool__(self):
        if self.ok is None:
            raise TypeError(
                "this verdict is undecided (ok is None), neither true nor false: ask `verdict.ok is True`, or let "
                "check(max_states=...) go through more"
            )
        return self.ok

    @property
    def sentence(self):
        """Return the verdict in one sentence."""
        if self.ok is None:
            apart = f": {self.apart}" if self.apart else ""
            states, schedules = counted(self.states, "state"), counted(self.schedules, "schedule")
            return f"undecided: none failed in {states} and {schedules}, but there are more{apart}"
        if self.ok:
            many = (self.interleavings or 0) > 1
            count = f"all {count_in_words(self.interleavings)} interleavings" if many else "every interleaving"
            states = counted(self.states, "state")
            return f"ok: {count} covered ({states}), under {MODEL_NAMES[self.memory]}"
        name = f" ({self.failure.diagnosis})" if self.failure.diagnosis else ""
        return f"fails, {self.failure.kind}{name}: {self.failure.sentence}"

    def table(self):
        """Return the verdict, and below it the witness step by step, as a Table."""
        caption = f"{self.title}: {self.sentence}"
        if self.witness is None:
            return Table(caption, (), (), "\n".join(f"advice: {sentence}" for sentence in self.advice))
        steps = self.witness.table()  # a failing schedule says more than advice would
        return Table(f"{caption}\n{steps.caption}", steps.headings, steps.rows, steps.note)


_OFTEN = {"strong": "again and again", "weak": "all the time"}


def count_in_words(number):
    """Return a number in words: 924, or 9.1 × 10^58."""
    if number < 10**12:
        return f"{number:,}"
    power = len(str(number)) - 1
    return f"{number // 10 ** (power - 1) / 10:.1f} × 10^{power}"


def fault_in_words(fault, witness, fairness="strong"):
    """Return the Fault that a Witness ends with in a sentence. `fairness`: "strong" or "weak", under which it was
    looked for."""
    because = f" ({fault.words})" if fault.words else ""
    content = f": {layout.in_words(witness.final)}" if witness.final else ""
    if fault.kind == "invariant":
        return f"every process has ended, and the invariant does not hold{because}{content}"
    if fault.kind == "always":
        where = f"after step {len(witness.steps)}" if witness.steps else "before the first step"
        return f"{where} a rule is broken that must always hold{because}{content}"
    if fault.kind == "not linearizable":
        return witness.history.why
    if fault.kind == "deadlock":
        waiting = [f"P{rank} {end}" for rank, end in enumerate(witness.ends) if end not in ("finished", "was killed")]
        return f"{', '.join(waiting)}: nobody can go on"
    if fault.kind == "livelock":
        who = " and ".join(f"P{rank}" for rank in sorted({step.rank for step in witness.steps[witness.loop :]}))
        first, last = witness.loop + 1, len(witness.steps)
        where = f"step {first}" if first == last else f"steps {first} to {last}"
        return (
            f"{who} can go round for ever, {where}, although everybody who can go on {_OFTEN[fairness]} is given "
            f"its turn ({fairness} fairness)"
        )
    return f"P{fault.rank} {witness.ends[fault.rank]}"


def differs(error):
    """Return a Nondeterministic in a sentence."""
    expected, seen = (_stop_in_words(stop) for stop in (error.expected, error.seen))
    return f"{error}: once to {expected}, once to {seen}; {DETERMINISTIC}"


def _stop_in_words(stop):
    """Return what a process is about to do in words."""
    where = f" in line {stop.place.line}" if stop.place else ""
    value = f" of {int.from_bytes(stop.op.values[0], sys.byteorder)}" if stop.op.kind in ops.STORES else ""
    return f"{stop.op.kind}{value}{where}"
