"""Name the pattern behind a failure, if the name is certain.

A wrong name is worse than none: it needs its pattern in the witness, and the proof that the program is right once
exactly this is repaired (see what_if), at its places or expressions, and elsewhere if the same pattern occurs there.
"""

import functools
import typing

from shmlab import primitives
from shmlab.explorer import ops
from shmlab.explorer.diagnosis import fences, names, patterns
from shmlab.explorer.diagnosis.deadlocks import Stuck
from shmlab.explorer.diagnosis.locking import (
    Circles,
    OneLock,
    ReleasedAtTheEnd,
    begins_free,
    is_lock,
    is_released,
    locks_at,
    releases_its_own,
)
from shmlab.explorer.diagnosis.second_looks import ACTS, ChecksAndActs, Updates
from shmlab.explorer.diagnosis.stale_acts import patterns_along, steps_of
from shmlab.explorer.diagnosis.trail import Trail
from shmlab.explorer.diagnosis.waiting import ChecksAgain, KeptSignals, LooksBeforeSleeping
from shmlab.explorer.diagnosis.what_if import Budget, Repair, WhatIf
from shmlab.explorer.diagnosis.whole_changes import flagged, together, whole_changes
from shmlab.explorer.lookalikes.sync_objects import numbered
from shmlab.explorer.marks.reachable_state import ReachableState
from shmlab.explorer.model.histories import GivenUp
from shmlab.explorer.question import Terms
from shmlab.explorer.search import search

_WHAT_IF_STATES = 20_000  # visited by all repaired programs of one diagnosis together
_MOST_ROUNDS = 8  # rounds in which a repair is extended to more places of the same pattern
_MOST_TRIED = 4  # places at which one pattern is tried


class Diagnosis(typing.NamedTuple):
    """The name of a mistake, or "". `steps`: the indexes of the steps that show it; if empty, all that matter."""

    name: str = ""
    steps: tuple = ()


def diagnose(question, model, witness, faulty, terms, tell):
    """Return the Diagnosis of a failing schedule, which led to the FaultyState `faulty` under these Terms. `tell`:
    makes a Witness of another schedule, see telling."""
    budget = Budget(min(terms.max_states, _WHAT_IF_STATES), terms.fairness)
    try:
        return _Case(question, model, witness, faulty, budget, tell).diagnosis()
    except GivenUp:  # the repaired program goes where this one does not
        return Diagnosis()


class _Case:
    def __init__(self, question, model, witness, faulty, budget, tell):
        self._budget, self._tell = budget, tell
        self._question, self._model, self._witness = question, model, witness
        self._steps, self._faulty = witness.steps, faulty
        objects = [declared for _, declared in numbered(question.sync)]
        self.proof = None  # what proved the name: (model -> a repair, the faults that it excuses)
        self._locks = frozenset(number for number, obj in enumerate(objects) if begins_free(obj))
        self._semaphores = frozenset(n for n, obj in enumerate(objects) if isinstance(obj, primitives.Semaphore))

    def diagnosis(self):
        if self._faulty.fault.kind in ("livelock", "endless") or not self._steps:
            return Diagnosis()
        # No repair knows a crash, or the operations of a program.
        if any(step.kind == "crash" for step in self._steps) or self._model.linearization is not None:
            return Diagnosis()
        if self._model.kind != "sc":
            return self._relaxed()
        self._trail = self._trail_of(Repair(self._model), self._witness.schedule)
        if self._faulty.fault.kind == "deadlock":
            return self._deadlock() or self._stale_check() or self._interrupted() or Diagnosis()
        if self._misused_a_mutex():
            return Diagnosis()
        return self._left_locked() or self._stale_check() or self._interrupted() or Diagnosis()

    def _trail_of(self, repair, schedule):
        return Trail(repair.model, WhatIf(repair.model, repair).states_along(schedule), schedule)

    def _is_right(self, repaired, excused=lambda *_: False):
        """Return whether the program is right under the Repair `repaired(model)`, but for `excused` faults."""
        return self._try_out(repaired, excused)[0]

    def _try_out(self, repaired, excused=lambda *_: False):
        """Return (whether it is right, the Trail of the first schedule that fails, or None)."""
        repair = repaired(self._model)
        judge = self._question.judge(repair.model)
        right, schedule = self._budget.try_out(WhatIf(repair.model, repair), judge, excused)
        if right:
            self.proof = repaired, excused
        return right, self._trail_of(repair, schedule) if schedule is not None else None

    def _proven(self, repaired, pattern, wanted):
        """Return whether the program is right under `repaired(model, wanted=…)`, or under more of the same.
        `pattern(trail, wanted)`: what a schedule that still fails has of it."""
        for _ in range(_MOST_ROUNDS):
            right, trail = self._try_out(functools.partial(repaired, wanted=wanted))
            if right or trail is None:
                return right
            more = wanted | pattern(trail, wanted)
            if more == wanted:
                return False
            wanted = more
        return False

    # Store buffers.

    def _relaxed(self):
        """Return the Diagnosis of a failure under TSO or PSO: are the store buffers to blame?"""
        if not self._right_under("sc"):
            return Diagnosis(self._name_under_sc())
        trail = self._trail_of(Repair(self._model), self._witness.schedule)
        wanted = frozenset(fences.overtaking(trail))
        if self._model.kind == "pso" and self._right_under("tso"):
            late_stores = frozenset(source for source in wanted if source[0] in ops.STORES)
            seen = fences.seen_early(trail)
            return Diagnosis(
                names.UNSAFE_PUBLICATION if seen and self._mended_by_fences(late_stores, ops.STORES) else ""
            )
        return Diagnosis(names.MISSING_FENCE if self._mended_by_fences(wanted, ops.MEMORY) else "")

    def _mended_by_fences(self, wanted, kinds):
        return self._proven(
            fences.Fences,
            lambda trail, _: frozenset(source for source in fences.overtaking(trail) if source[0] in kinds),
            wanted,
        )

    def _under(self, memory):
        return Terms(memory, self._model.spurious).model(self._question, self._model.behaviour)

    def _right_under(self, memory):
        return self._is_right(lambda _: Repair(self._under(memory)))

    def _name_under_sc(self):
        """Return the name of the failure under SC; "" unless its repair mends all failures with store buffers, too."""
        model = self._under("sc")
        faulty = search.smallest(model, self._question.judge(model), self._budget.left).smallest
        if faulty is None or faulty.fault.kind != self._faulty.fault.kind:
            return ""
        question = self._question
        witness = self._tell(model, question.layout, question.names(), faulty.schedule, title=question.title)
        case = _Case(question, model, witness, faulty, self._budget, self._tell)
        name = case.diagnosis().name
        return name if name and self._is_right(*case.proof) else ""

    # Locks and signals.

    def _deadlock(self):
        stuck = Stuck(self._model, self._trail)
        if stuck.circle() is not None and self._circle_to_blame(stuck):
            return Diagnosis(names.CIRCULAR_WAIT)
        if self._kept_to_the_end(stuck.never_released()):
            return Diagnosis(names.MISSING_RELEASE)
        signals = self._semaphores - self._locks
        if stuck.signalled(self._locks) and self._is_right(lambda model: KeptSignals(model, signals)):
            return Diagnosis(names.LOST_WAKE_UP)
        update = self._lost_update()
        if update is None and self._overlooked(stuck.overlooked()):
            return Diagnosis(names.LOST_WAKE_UP)
        return update

    def _circle_to_blame(self, stuck):
        """Return whether the program fails in no other way than that processes wait for each other's locks. If no
        function releases anything, locks are held to the end on purpose, and what comes after that does not count."""
        circles, wanted = stuck.circles, set()

        def excused(state, fault):
            ranks = circles.circle(state, state[4]) if fault.kind == "deadlock" else None
            wanted.update(circles.wanted(state, rank) for rank in ranks or ())
            return ranks is not None

        if self._is_right(Circles, excused):
            return all(is_lock(self._model, number) for number in wanted)
        ended = functools.partial(Circles, wanted=self._locks, semaphores=self._semaphores)
        return self._is_right(ended, excused) and not any(is_released(self._model, number) for number in wanted)

    def _kept_to_the_end(self, objects):
        """Return whether the program is right once each process that ends releases what it has of these objects. Only
        locks count: units that one process takes and another one gives are signals."""
        objects = objects & self._locks
        if not objects or not self._proven(
            functools.partial(ReleasedAtTheEnd, semaphores=self._semaphores),
            lambda trail, _: Stuck(self._model, trail).never_released(),
            objects,
        ):
            return False
        kept = objects & self._semaphores
        return not self._somebody_releases() or all(releases_its_own(self._model, number) for number in kept)

    def _somebody_releases(self):
        """Return whether a function, or one that it reaches, releases anything, also by a with-statement."""
        return any(ReachableState(function).uses("release", "__exit__") for function in self._question.functions)

    def _misused_a_mutex(self):
        """Return whether the process failed by a call that no mutex allows, such as to release another's."""
        fault = self._faulty.fault
        own = (step.value for step in self._steps if step.rank == fault.rank)
        return fault.kind == "exception" and any(value in (ops.NOT_HELD, ops.HELD_ALREADY) for value in own)

    def _left_locked(self):
        """Return the Diagnosis if a process ended with a mutex held, and the next owner got OwnerDied; else None."""
        last = self._steps[-1]
        if self._faulty.fault.rank is None or last.value != ops.OWNER_DIED:
            return None
        mutex = self._trail.node(len(self._steps) - 1).op.place
        return Diagnosis(names.MISSING_RELEASE) if self._kept_to_the_end(frozenset({mutex})) else None

    def _overlooked(self, objects):
        """Return whether the program is right once a process looks again in the step in which it sleeps on these."""
        repaired = functools.partial(LooksBeforeSleeping, locks=self._locks, objects=objects)
        return bool(objects) and self._second_looks(repaired) is not None

    def _stale_check(self):
        """Return the Diagnosis if the program is right once a woken process looks again and waits again; else None."""
        woken = any(step.kind == "wait" and step.words.endswith("again") for step in self._steps)
        return Diagnosis(names.STALE_CHECK) if woken and self._is_right(ChecksAgain) else None

    # Interruptions.

    def _interrupted(self):
        """Return the Diagnosis of what an interruption broke, or None."""
        if len({step.rank for step in self._steps}) < 2:
            return None
        return self._lost_update() or self._published() or self._torn() or self._check_then_act()

    def _second_looks(self, repaired):
        """Return the StaleActs that `repaired(model, wanted=…)` is about, if they are to blame; else None."""
        stale_acts = patterns_along(repaired(self._model), self._trail)
        if stale_acts is None:
            return None

        def pattern(trail, _):
            more = patterns_along(repaired(self._model), trail)
            return more.wanted if more else frozenset()

        return stale_acts if self._proven(repaired, pattern, stale_acts.wanted) else None

    def _lost_update(self):
        repaired = functools.partial(Updates, locks=self._locks)
        stale_acts = self._second_looks(repaired)
        return self._named(names.LOST_UPDATE, steps_of(stale_acts, self._trail), repaired) if stale_acts else None

    def _check_then_act(self):
        for act in ACTS:
            repaired = functools.partial(ChecksAndActs, act=act, locks=self._locks)
            stale_acts = self._second_looks(repaired)
            if stale_acts is not None:
                return self._named(names.CHECK_THEN_ACT, steps_of(stale_acts, self._trail), repaired)
        return None

    def _published(self):
        return self._whole(names.UNSAFE_PUBLICATION, patterns.unsafe_publications, flagged)

    def _torn(self):
        return self._whole(names.TORN_READ, patterns.torn_reads, together)

    def _whole(self, name, matches, parts_of):
        """Return the Diagnosis `name` if the program is right once changes are seen whole; else None."""

        def pattern(trail, wanted):
            found = (parts_of(trail, match) for match in matches(trail.accesses, trail.decides))
            return next((parts for parts in found if not parts <= wanted), frozenset())

        tried = set()
        for steps in matches(self._trail.accesses, self._trail.decides):
            wanted = parts_of(self._trail, steps)
            if wanted in tried:
                continue
            if len(tried) == _MOST_TRIED:
                break
            tried.add(wanted)
            if self._proven(whole_changes, pattern, wanted):
                return self._named(name, steps)
        return None

    def _named(self, name, steps, looks=None):
        """Return the Diagnosis of what an interruption broke: wrong lock, if each process had one but not the same;
        else `name`. `looks(model)`: returns the SecondLooks that find more of the pattern, or None."""
        shown = tuple(sorted(index for index in steps if index < len(self._steps)))
        locks = locks_at(self._model, self._trail, shown)
        if locks and self._one_lock(locks, looks):
            return Diagnosis(names.WRONG_LOCK, shown)
        return Diagnosis(name, shown)

    def _one_lock(self, locks, looks):
        """Return whether the program is right once these objects, and those acquired for the same, are one."""

        def pattern(trail, _):
            stale_acts = patterns_along(looks(self._model), trail) if looks else None
            return locks_at(self._model, trail, steps_of(stale_acts, trail)) if stale_acts else frozenset()

        right = self._proven(OneLock, pattern, locks)
        return right and all(is_lock(self._model, number) for number in locks)
