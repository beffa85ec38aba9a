"""Check one program: run the searches in their order and give the verdict.

Cheap searches come first. Most programs that are right have few states, so all of them are visited at once. In a
bigger program the smallest failing schedule is looked for in order of preemptions before all states are visited. Where
the budget is spent, random schedules may still find a failure.
"""

import collections
import dataclasses
import functools

from shmlab.explorer.diagnosis.diagnosis import diagnose
from shmlab.explorer.explain.core import core
from shmlab.explorer.explain.races import advice
from shmlab.explorer.explain.telling import tell
from shmlab.explorer.explain.verdict import Failure, Verdict, differs, fault_in_words
from shmlab.explorer.model.histories import EndlessRecursion, GivenUp, Nondeterministic
from shmlab.explorer.model.state import NODE, PROCESSES
from shmlab.explorer.search import livelocks, search
from shmlab.explorer.search.requirements import Fault

_SMALL = 20_000  # states visited before anything else: most programs that are right have no more
_FIRST_LOOK = 20_000  # states visited in order of preemptions, before all are
_WALKS = 500  # random schedules of a program that is too big
# A schedule of so many steps, which are such a part of the states that may be visited, has perhaps no end.
_LEAST_LONG, _PART_OF_STATES = 10_000, 8

NOT_FOLLOWED = "NotImplementedError: a check does not follow"  # how its own exceptions begin


def check(question, terms, progress=None):
    """Return the Verdict on a Question under these Terms. `progress(states)`: called now and then with the number of
    states visited so far, or None."""
    try:
        return question.searched(lambda: _checked(question, terms, progress))
    except Nondeterministic as error:
        return _refused(question, terms, Failure("nondeterministic", differs(error), "", error.rank))
    except EndlessRecursion as error:
        where = f" in line {error.stop.place.line}" if error.stop.place else ""
        sentence = f"P{error.rank} raised RecursionError{where}: its function calls itself without end"
        return _refused(question, terms, Failure("exception", sentence, "", error.rank))
    except GivenUp as error:  # before its first operation
        return Verdict(None, False, None, None, 0, 0, 0, None, terms.memory, question.title, apart=str(error))


def _checked(question, terms, progress):
    case = _Check(question, terms, progress)
    try:
        return case.verdict()
    except GivenUp as error:
        return case.given_up(str(error))
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
            if answer.smallest is None:
                self._go_through(self._terms.max_states)
                if self._sweep.first is not None:
                    answer = self._smallest(self._terms.max_states)
        self._behaviour.verify()
        smallest = answer and answer.smallest
        if smallest is not None or self._sweep.first is not None:
            return self._failed(smallest or self._sweep.first, smallest is not None)
        if not self._sweep.complete:
            return self._undecided()
        for fault in (self._endless_cycle, self._impossible):
            if (verdict := fault()) is not None:
                return verdict
        return self._verdict(True, True, starved=self._starved())

    def given_up(self, why):
        """Return the verdict on a program that was left because of `why`."""
        if self._sweep.first is not None:  # it fails, and was left while a smaller schedule was looked for
            return self._failed(self._sweep.first, False)
        return self._verdict(None, False, apart=why)

    def _starved(self):
        """Return a sentence on each process that may wait for ever for an object that becomes free again and again."""
        names, nodes = self._question.names(), self._behaviour.nodes
        starving = self._graph.starving() if self._sweep.cyclic else ()
        stops = [(rank, nodes[state[PROCESSES][rank][NODE]].stop) for rank, state in starving]
        return tuple(
            f"P{rank} may starve at {names[stop.op.place]}{f' in line {stop.place.line}' if stop.place else ''}: it is "
            "free again and again, and another process may take it each time; a lock promises nobody to be the next"
            for rank, stop in stops
            if stop.op.kind in ("acquire", "wait")
        )

    def _go_through(self, budget):
        budget = min(budget, self._terms.max_states)
        several = len(self._question.functions) > 1
        longest = max(_LEAST_LONG, self._terms.max_states // _PART_OF_STATES) if several else None
        self._sweep = search.Sweep(self._model, self._judge, budget, longest=longest, progress=self._progress)
        self._sweep.run()

    def _smallest(self, budget, goal=None):
        budget = min(budget, self._terms.max_states) if goal is None else budget
        answer = search.smallest(self._model, self._judge, budget, goal=goal, progress=self._progress)
        self._states = max(self._states, answer.states)
        return answer

    def _undecided(self):
        budget = self._terms.max_states if self._sweep.too_long is None else len(self._sweep.visited)
        faulty, schedules, steps = search.walks(self._model, self._judge, _WALKS, self._terms.seed, budget)
        self._behaviour.verify()
        self._sweep.schedules += schedules
        self._sweep.steps += steps
        return self._verdict(None, False) if faulty is None else self._failed(faulty, False)

    @functools.cached_property
    def _graph(self):
        """Return the Graph of all states; the sweep must be complete."""
        return livelocks.Graph(self._model, self._sweep.visited)

    def _endless_cycle(self):
        """Return the verdict on a livelock; None if there is none."""
        if not self._sweep.cyclic:
            return None
        parts = self._graph.livelocked(self._terms.fairness)
        if not parts:
            return None
        stuck = {state: part for part in parts for state in part}
        # The sweep is complete, so the budget suffices to find the way to the nearest of these states.
        nearest = self._smallest(len(self._sweep.visited) * (len(self._question.functions) + 1),
                              lambda state: Fault("livelock") if state in stuck else None)  # fmt: skip
        faulty = nearest.smallest
        loop = livelocks.fair_loop(self._model, faulty.state, stuck[faulty.state], self._terms.fairness)
        return self._failed(
            faulty._replace(schedule=faulty.schedule + loop), nearest.certain, loop=len(faulty.schedule)
        )

    def _impossible(self):
        """Return the verdict when a `possible` predicate was true in no state; None if each was true in some."""
        if not self._judge.missing:
            return None
        first, *others = map(repr, self._judge.missing)
        too = f" (nor are {len(others)} others)" if len(others) > 1 else f" (nor is {others[0]})" if others else ""
        failure = Failure("impossible", f"{first} is true in no interleaving, and it must be possible{too}")
        return self._verdict(False, True, failure)

    def _failed(self, faulty, certain, loop=None):
        question = self._question
        witness = tell(self._model, question.layout, question.names(), faulty.schedule, title=question.title, loop=loop)
        diagnosis = diagnose(question, self._model, witness, faulty, self._terms, tell)
        witness = dataclasses.replace(witness, core=core(witness, diagnosis, question.watched))
        sentence = fault_in_words(faulty.fault, witness, self._terms.fairness)
        if NOT_FOLLOWED in sentence:  # what the process would have done is not known
            return self._verdict(None, False, apart=sentence)
        failure = Failure(faulty.fault.kind, sentence, diagnosis.name, faulty.fault.rank)
        return self._verdict(False, certain, failure, witness)

    def _verdict(self, ok, complete, failure=None, witness=None, starved=(), apart=None):
        sweep = self._sweep
        return Verdict(
            ok=ok,
            complete=complete,
            failure=failure,
            witness=witness,
            schedules=sweep.schedules,
            states=len(sweep.visited) if sweep.complete else max(len(sweep.visited), self._states),
            steps=sweep.steps,
            interleavings=sweep.total if ok is not None and sweep.complete else None,
            memory=self._terms.memory,
            title=self._question.title,
            apart=apart or (self._apart() if ok is None else ""),
            advice=(*starved, *(self._races(witness) if ok is not None else ())),
        )

    def _races(self, witness):
        try:
            return advice(self._model, self._question, witness.schedule if witness else ())
        except GivenUp:  # a schedule that was drawn went deeper
            return ()

    def _apart(self):
        """Return what makes so many states, in words, or "": a schedule that does not end, or the most frequent reason
        why a history had no mark."""
        if self._sweep.too_long is not None:
            moves, state = self._sweep.too_long
            rank = collections.Counter(rank for (rank, _) in moves).most_common(1)[0][0]
            place = self._behaviour.nodes[state[PROCESSES][rank][NODE]].stop.place
            where = f", in line {place.line}" if place else ""
            return f"after {len(moves):,} steps of one schedule P{rank} has not ended{where}: does its loop end?"
        reasons = self._behaviour.why_unmarked.most_common(1)
        return f"{reasons[0][0]} kept histories apart that may be alike" if reasons else ""


def _refused(question, terms, failure):
    """Return the Verdict on a program that cannot be explored."""
    return Verdict(False, False, failure, None, 0, 0, 0, None, terms.memory, question.title)
