"""The whole check of one program: the searches in their order, and the verdict they give."""

import dataclasses
import functools

from shmlab.explorer.diagnosis.diagnosis import diagnose
from shmlab.explorer.explain.core import core
from shmlab.explorer.explain.races import advice
from shmlab.explorer.explain.telling import tell
from shmlab.explorer.explain.verdict import Failure, Verdict, differs, fault_in_words
from shmlab.explorer.model.histories import EndlessRecursion, Nondeterministic
from shmlab.explorer.model.state import NODE, PROCESSES
from shmlab.explorer.search import livelocks, search
from shmlab.explorer.search.requirements import Fault

_SMALL = 20_000  # states: fewer are gone through at once, as most programs that are right have no more
_FIRST_LOOK = 20_000  # states looked at in order of preemptions before all are gone through
_WALKS = 500  # random schedules of a program that is too big


def check(question, terms, progress=None):
    """The Verdict on a Question."""
    try:
        return question.searched(lambda: _checked(question, terms, progress))
    except Nondeterministic as found:
        return _refused(question, terms, Failure("nondeterministic", differs(found), "", found.rank))
    except EndlessRecursion as found:
        where = f" in line {found.stop.place.line}" if found.stop.place else ""
        sentence = f"P{found.rank} raised RecursionError{where}: its function calls itself without end"
        return _refused(question, terms, Failure("exception", sentence, "", found.rank))


def _checked(question, terms, progress):
    case = _Check(question, terms, progress)
    try:
        return case.verdict()
    finally:
        case.close()


class _Check:
    def __init__(self, question, terms, progress):
        self._question, self._terms, self._progress = question, terms, progress
        self._behaviour = question.behaviour()
        self._model = terms.model(question, self._behaviour)
        self._judge = question.judge(self._model)
        self._sweep = None
        self._states = 0

    def close(self):
        self._behaviour.close()

    def verdict(self):
        self._go_through(_SMALL)
        answer = None
        if not self._sweep.complete:
            answer = self._smallest(_FIRST_LOOK)
            if answer.found is None:
                self._go_through(self._terms.max_states)
                if self._sweep.first is not None:
                    answer = self._smallest(self._terms.max_states)
        self._behaviour.verify()
        smallest = answer and answer.found
        if smallest is not None or self._sweep.first is not None:
            return self._failed(smallest or self._sweep.first, smallest is not None)
        if not self._sweep.complete:
            return self._undecided()
        for fault in (self._endless_cycle, self._impossible):
            if (verdict := fault()) is not None:
                return verdict
        return self._verdict(True, True, starved=self._starved())

    def _starved(self):
        """Sentences on processes that may wait for ever for what is free again and again."""
        names, nodes = self._question.names(), self._behaviour.nodes
        found = self._graph.starving() if self._sweep.cyclic else ()
        stops = [(rank, nodes[state[PROCESSES][rank][NODE]].stop) for rank, state in found]
        return tuple(
            f"P{rank} may starve at {names[stop.op.place]}{f' in line {stop.place.line}' if stop.place else ''}: it is "
            "free again and again, and another process may take it each time; a lock promises nobody to be the next"
            for rank, stop in stops
            if stop.op.kind in ("acquire", "wait")
        )

    def _go_through(self, budget):
        budget = min(budget, self._terms.max_states)
        self._sweep = search.Sweep(self._model, self._judge, budget, progress=self._progress)
        self._sweep.run()

    def _smallest(self, budget, goal=None):
        budget = min(budget, self._terms.max_states) if goal is None else budget
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

    @functools.cached_property
    def _graph(self):
        """All states, once they are known."""
        return livelocks.Graph(self._model, self._sweep.known)

    def _endless_cycle(self):
        """The verdict when there is a livelock, else None."""
        if not self._sweep.cyclic:
            return None
        parts = self._graph.livelocked(self._terms.fairness)
        if not parts:
            return None
        stuck = {state: part for part in parts for state in part}
        # All states are known by now, so that the way to the nearest of these is found for certain.
        goal = self._smallest(len(self._sweep.known) * (len(self._question.functions) + 1),
                              lambda state: Fault("livelock") if state in stuck else None)  # fmt: skip
        found = goal.found
        loop = livelocks.fair_loop(self._model, found.state, stuck[found.state], self._terms.fairness)
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
        diagnosis = diagnose(question, self._model, witness, found, self._terms, tell)
        witness = dataclasses.replace(witness, core=core(witness, diagnosis, question.told))
        sentence = fault_in_words(found.fault, witness, self._terms.fairness)
        failure = Failure(found.fault.kind, sentence, diagnosis.name, found.fault.rank)
        return self._verdict(False, certain, failure, witness)

    def _verdict(self, ok, complete, failure=None, witness=None, starved=()):
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
            apart=self._apart() if ok is None else "",
            advice=(*starved, *(self._races(witness) if ok is not None else ())),
        )

    def _races(self, witness):
        return advice(self._model, self._question, witness.schedule if witness else ())

    def _apart(self):
        """Why most histories had no mark, or ""."""
        found = self._behaviour.kept_apart.most_common(1)
        return found[0][0] if found else ""


def _refused(question, terms, failure):
    """The Verdict on a program that cannot be explored."""
    return Verdict(False, False, failure, None, 0, 0, 0, None, terms.memory, question.title)
