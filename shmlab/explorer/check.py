"""The whole check of one program: the searches in their order, and the verdict they give."""

import dataclasses
import sys

from shmlab import layout
from shmlab.explorer import cycles, ops, search
from shmlab.explorer.behaviour import Behaviour, EndlessRecursion, Nondeterministic
from shmlab.explorer.diagnosis import core, diagnose
from shmlab.explorer.host import GreenletHost
from shmlab.explorer.judge import Fault, Judge
from shmlab.explorer.memory import MODELS
from shmlab.explorer.model import Model
from shmlab.explorer.objects import numbered
from shmlab.explorer.races import advice
from shmlab.explorer.verdict import Count, Failure, Verdict
from shmlab.explorer.witness import standing, tell

MOST_STATES = 400_000
_FIRST_LOOK = 20_000  # states looked at in order of preemptions before all are gone through
_WALKS = 500  # random schedules of a program that is too big


@dataclasses.dataclass(frozen=True)
class Question:
    """A program to check: its functions, the names each takes, what they share, and what must hold."""

    functions: tuple
    wanted: tuple
    initial: object
    sync: dict
    title: str
    invariant: object = None
    always: object = None
    possible: dict = dataclasses.field(default_factory=dict)
    takes_crashed: bool = False

    @property
    def layout(self):
        return type(self.initial)

    def names(self):
        """The names of the synchronization objects, by number."""
        return [name for name, _ in numbered(self.sync)]

    def behaviour(self):
        """A Behaviour of these functions on the host of this interpreter."""
        host = GreenletHost(self.functions, self.wanted, self.layout, self.sync)
        same = [
            (id(function), rank if "rank" in wanted else None)
            for rank, (function, wanted) in enumerate(zip(self.functions, self.wanted, strict=True))
        ]
        return Behaviour(host, same)

    def judge(self, model):
        return Judge(model, self.layout, invariant=self.invariant, always=self.always, possible=self.possible,
                     takes_crashed=self.takes_crashed)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Terms:
    """Under which terms it is checked; see Program.check."""

    memory: str = "sc"
    spurious: bool = True
    crashes: int = 0
    max_states: int = MOST_STATES
    seed: int = 0

    def __post_init__(self):
        if self.memory not in MODELS:
            raise ValueError(f'memory is {self.memory!r}: choose "sc", "tso" or "pso"')
        for name, least in (("crashes", 0), ("max_states", 1), ("seed", 0)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int):
                raise TypeError(f"{name} is {value!r}: give a whole number")
            if value < least:
                raise ValueError(f"{name} is {value}: give {least} or more")
        if not isinstance(self.spurious, bool):
            raise TypeError(f"spurious is {self.spurious!r}: give True or False")

    def model(self, question, behaviour):
        return Model(behaviour, bytes(question.initial), numbered(question.sync), memory=self.memory,
                     spurious=self.spurious, crashes=self.crashes)  # fmt: skip


def check(question, terms, progress=None):
    """The Verdict on a Question."""
    try:
        return _Check(question, terms, progress).verdict()
    except Nondeterministic as found:
        return _refused(question, terms, Failure("nondeterministic", _differs(found), "", found.rank))
    except EndlessRecursion as found:
        where = f" in line {found.stop.place.line}" if found.stop.place else ""
        sentence = f"P{found.rank} raised RecursionError{where}: its function calls itself without end"
        return _refused(question, terms, Failure("exception", sentence, "", found.rank))


class _Check:
    def __init__(self, question, terms, progress):
        self._question, self._terms, self._progress = question, terms, progress
        self._behaviour = question.behaviour()
        self._model = terms.model(question, self._behaviour)
        self._judge = question.judge(self._model)
        self._sweep = search.Sweep(self._model, self._judge, terms.max_states, progress=progress)
        self._states = 0

    def verdict(self):
        answer = self._smallest(min(_FIRST_LOOK, self._terms.max_states))
        if answer.found is None:
            self._sweep.run()
            if self._sweep.first is not None:
                answer = self._smallest(self._terms.max_states)
        self._behaviour.verify()
        found = answer.found or self._sweep.first
        if found is not None:
            return self._failed(found, answer.found is not None)
        if not self._sweep.complete:
            return self._undecided()
        return self._endless_cycle() or self._impossible() or self._verdict(True, True)

    def _smallest(self, budget, goal=None):
        answer = search.smallest(self._model, self._judge, budget, goal=goal, progress=self._progress)
        self._states = max(self._states, answer.states)
        return answer

    def _undecided(self):
        found, schedules, steps = search.walks(
            self._model, self._judge, _WALKS, self._terms.seed, self._terms.max_states
        )
        self._behaviour.verify()
        self._sweep.schedules += schedules
        self._sweep.steps += steps
        return self._verdict(None, False) if found is None else self._failed(found, False)

    def _endless_cycle(self):
        """The verdict when there is a livelock, else None."""
        if not self._sweep.cyclic:
            return None
        parts = cycles.livelocked(self._model, self._sweep.known)
        if not parts:
            return None
        stuck = {state: part for part in parts for state in part}
        # All states are known by now, so that the way to the nearest of these is found for certain.
        goal = self._smallest(len(self._sweep.known) * (len(self._question.functions) + 1),
                              lambda state: Fault("livelock") if state in stuck else None)  # fmt: skip
        found = goal.found
        loop = cycles.fair_loop(self._model, found.state, stuck[found.state])
        return self._failed(found._replace(schedule=found.schedule + loop), goal.certain, loop=len(found.schedule))

    def _impossible(self):
        """The verdict when something that must be possible never held, else None."""
        if not self._judge.missing:
            return None
        never = ", ".join(repr(words) for words in self._judge.missing)
        failure = Failure("impossible", f"{never} is never true in any of the interleavings: it must be possible")
        return self._verdict(False, True, failure)

    def _failed(self, found, certain, loop=None):
        question = self._question
        witness = tell(self._model, question.layout, question.names(), found.schedule, title=question.title, loop=loop)
        diagnosis = diagnose(question, self._model, witness, found, self._terms.max_states)
        witness = dataclasses.replace(witness, core=core(witness, diagnosis))
        failure = Failure(found.fault.kind, self._sentence(found, witness), diagnosis.name, found.fault.rank)
        return self._verdict(False, certain, failure, witness)

    def _sentence(self, found, witness):
        fault, shown = found.fault, ", ".join(f"{name} = {value}" for name, value in witness.final.items())
        because = f" ({fault.words})" if fault.words else ""
        if fault.kind == "invariant":
            return f"every process has ended, and the invariant does not hold{because}: {shown}"
        if fault.kind == "always":
            where = f"after step {len(witness.steps)}" if witness.steps else "before the first step"
            return f"{where} what must always hold does not{because}: {shown}"
        if fault.kind == "deadlock":
            waiting = [
                f"P{rank} {end}" for rank, end in enumerate(witness.ends) if end not in ("finished", "was killed")
            ]
            return f"{', '.join(waiting)}: nobody can go on"
        if fault.kind == "livelock":
            ranks = sorted({step.rank for step in witness.steps[witness.loop :]})
            who = " and ".join(f"P{rank}" for rank in ranks)
            first, last = witness.loop + 1, len(witness.steps)
            where = f"step {first}" if first == last else f"steps {first} to {last}"
            return (
                f"{who} can go round for ever, {where}, although everybody who can always go on is given "
                "its turn (weak fairness)"
            )
        stop = standing(self._model, found.state, fault.rank, self._question.names())
        return f"P{fault.rank} {stop}"

    def _verdict(self, ok, complete, failure=None, witness=None):
        sweep = self._sweep
        return Verdict(
            ok=ok,
            complete=complete,
            failure=failure,
            witness=witness,
            schedules=sweep.schedules,
            states=len(sweep.known) if sweep.complete else max(len(sweep.known), self._states),
            steps=sweep.steps,
            interleavings=sweep.total if ok is not None and sweep.complete else None,
            memory=self._terms.memory,
            title=self._question.title,
            advice=advice(self._model, self._question, witness.schedule if witness else ()) if ok is not None else (),
        )


def _refused(question, terms, failure):
    """The Verdict on a program that cannot be explored."""
    return Verdict(False, False, failure, None, 0, 0, 0, None, terms.memory, question.title)


def _differs(found):
    expected, seen = (_said(stop) for stop in (found.expected, found.found))
    return (
        f"P{found.rank} went on differently although it had observed the same: once to {expected}, once to {seen}; "
        "leave out clocks, random numbers and whatever survives a call"
    )


def _said(stop):
    """What a process is about to do, in words."""
    where = f" in line {stop.place.line}" if stop.place else ""
    value = f" of {int.from_bytes(stop.op.values[0], sys.byteorder)}" if stop.op.kind in ops.STORES else ""
    return f"{stop.op.kind}{value}{where}"


def count(question, terms, progress=None):
    """The Count of a Question's interleavings. Raises MemoryError when there are more states than allowed, ValueError
    for functions that do not do the same again after the same observations."""
    try:
        return _counted(question, terms, progress)
    except Nondeterministic as found:
        raise ValueError(f"{question.title} cannot be counted: {_differs(found)}") from found
    except EndlessRecursion as found:
        raise RecursionError(f"{question.title} cannot be counted: {found}") from found


def _counted(question, terms, progress):
    behaviour = question.behaviour()
    model = terms.model(question, behaviour)
    sweep = search.Sweep(model, question.judge(model), terms.max_states, stop=False, progress=progress).run()
    if not sweep.complete:
        raise MemoryError(
            f"{question.title} has more than {terms.max_states:,} states: count a smaller one, or give max_states"
        )
    behaviour.verify()
    return Count(sweep.total, sweep.failing, _finals(question, model, sweep), terms.memory, question.title)


def _finals(question, model, sweep):
    """final content in words -> (interleavings, ok)."""
    ways = None if sweep.cyclic else _ways(model, sweep)
    found = {}
    for state, fault in sweep.ends.items():
        if fault is not None and fault.kind != "invariant":
            continue
        memory = question.layout.from_buffer_copy(state[0])
        words = ", ".join(f"{name} = {value}" for name, value in layout.values(memory).items())
        number, ok = found.get(words, (0, True))
        found[words] = (None if ways is None else number + ways[state], ok and fault is None)
    return found


def _ways(model, sweep):
    """state -> how many interleavings lead to it."""
    order, ways = list(sweep.known), dict.fromkeys(sweep.known, 0)
    ways[model.initial] = 1
    for state in _topological(model, sweep, order):
        if state not in sweep.ends:
            for _, following in model.successors(state):
                ways[following] += ways[state]
    return ways


def _topological(model, sweep, states):
    """The states so that each comes before those that follow it."""
    before = dict.fromkeys(states, 0)
    for state in states:
        if state not in sweep.ends:
            for _, following in model.successors(state):
                before[following] += 1
    ready = [state for state in states if not before[state]]
    for state in ready:
        yield state
        if state not in sweep.ends:
            for _, following in model.successors(state):
                before[following] -= 1
                if not before[following]:
                    ready.append(following)
