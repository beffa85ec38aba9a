"""The name of the pattern behind a failure, where one is certain.

A wrong name is worse than none. So a name needs its pattern in the witness, and, where an interruption is
to blame, the proof that the program is right without that interruption (see restricted).
"""

import typing

from shmlab import primitives
from shmlab.explorer import ops, patterns, search
from shmlab.explorer.objects import numbered
from shmlab.explorer.question import Terms
from shmlab.explorer.reachable_state import ReachableState
from shmlab.explorer.restricted import (
    Restricted,
    facts_at,
    until_all_touched,
    until_the_act,
    until_written,
    within_a_run,
    within_update,
)
from shmlab.explorer.stuck import Stuck
from shmlab.explorer.witness import coming, tell

LOST_UPDATE, TORN_READ, CHECK_THEN_ACT = "lost update", "torn read", "check-then-act"
LOST_WAKE_UP, CIRCULAR_WAIT, UNSAFE_PUBLICATION = "lost wake-up", "circular wait", "unsafe publication"
MISSING_FENCE, WRONG_LOCK, MISSING_RELEASE = "missing fence", "wrong lock", "missing release"
STALE_CHECK = "stale check after wake-up"
EXPLAINED = {  # for those who meet the name for the first time: what to look at
    LOST_UPDATE: "Between a load and its store another process stores, and what that one changed is overwritten.",
    TORN_READ: "What belongs together is read while another process has stored one part of it and not yet the other.",
    CHECK_THEN_ACT: "What was looked at has changed by the time it is acted upon: nothing holds the two together.",
    LOST_WAKE_UP: "The wake-up comes while nobody waits for it, and whoever begins to wait afterwards waits for ever.",
    CIRCULAR_WAIT: "Each holds what another one waits for.",
    UNSAFE_PUBLICATION: "Others see that it is ready before they see all that was stored before.",
    MISSING_FENCE: "A store waits in its processor's buffer while the same process already loads what comes after it.",
    WRONG_LOCK: "Both hold a lock meanwhile, and not the same one.",
    MISSING_RELEASE: "What was acquired is not released on this way through the function.",
    STALE_CHECK: "A wake-up is no promise: by the time it returns, the condition may be false again.",
}
_WHAT_IF_STATES = 20_000  # that those of one diagnosis may have together
_SHORT = 14  # a witness of so few steps is shown whole


class Diagnosis(typing.NamedTuple):
    """A name, or "", and the indexes of the steps that show it (empty: all that matter)."""

    name: str = ""
    steps: tuple = ()


def diagnose(question, model, witness, found, budget=_WHAT_IF_STATES):
    """The Diagnosis of a failing schedule; `found` is its state and fault. `budget`: states of its what-ifs."""
    return _Case(question, model, witness, found, min(budget, _WHAT_IF_STATES)).diagnosis()


class _Case:
    def __init__(self, question, model, witness, found, budget):
        self._left = budget
        self._question, self._model, self._witness = question, model, witness
        self._steps, self._found = witness.steps, found

    def diagnosis(self):
        if self._found.fault.kind in ("livelock", "endless") or not self._steps:
            return Diagnosis()
        if any(step.kind == "crash" for step in self._steps):
            return Diagnosis()
        if self._model.kind != "sc":
            return self._relaxed()
        if self._found.fault.kind == "deadlock":
            return self._deadlock() or self._interrupted()
        return self._left_locked() or self._stale_check() or self._interrupted()

    def _relaxed(self):
        """Failures under TSO and PSO: is it the store buffers?"""
        if not self._right_under("sc"):
            return Diagnosis(self._name_under_sc())
        if self._model.kind == "pso" and self._right_under("tso"):
            return Diagnosis(UNSAFE_PUBLICATION if self._published_early() else MISSING_FENCE)
        return Diagnosis(MISSING_FENCE)

    def _under(self, memory):
        return Terms(memory, self._model.spurious).model(self._question, self._model.behaviour)

    def _right_under(self, memory):
        return self._is_right(self._under(memory))

    def _name_under_sc(self):
        """The name of the failure that the program has without store buffers, too."""
        model = self._under("sc")
        found = search.smallest(model, self._question.judge(model), self._left).found
        if found is None or found.fault.kind != self._found.fault.kind:
            return ""
        question = self._question
        witness = tell(model, question.layout, question.names(), found.schedule, title=question.title)
        return diagnose(question, model, witness, found, self._left).name

    def _is_right(self, model):
        sweep = search.Sweep(model, self._question.judge(model), self._left).run()
        self._left -= len(sweep.known)
        return sweep.first is None and sweep.complete

    def _published_early(self):
        """Whether a store was seen by another process before one that came earlier in the program."""
        reached = [step for step in self._steps if step.kind == "flush"]
        stored = [step for step in self._steps if step.kind in ops.STORES]

        def order(rank, steps):
            return [step.offset for step in steps if step.rank == rank]

        return any(order(rank, stored)[: len(order(rank, reached))] != order(rank, reached)
                   for rank in range(len(self._witness.ends)))  # fmt: skip

    def _deadlock(self):
        units = {
            name: declared.initial if isinstance(declared, primitives.Semaphore) else 1
            for name, declared in numbered(self._question.sync)
            if isinstance(declared, primitives.Semaphore | primitives.Mutex)
        }
        stuck = Stuck(self._model, self._witness, self._found.state, self._question.names(), units,
                      not any(map(_may_release, self._question.functions)))  # fmt: skip
        if stuck.circle():
            return Diagnosis(CIRCULAR_WAIT)
        if stuck.never_released():
            return Diagnosis(MISSING_RELEASE)
        if stuck.slept_through():
            return Diagnosis(LOST_WAKE_UP)
        update = self._proven(LOST_UPDATE, patterns.lost_update, lambda _: within_update)
        if update is None and stuck.missed_signal():
            return Diagnosis(LOST_WAKE_UP)
        return update

    def _left_locked(self):
        """A process ended with a mutex held, and the next one was told so."""
        rank = self._found.fault.rank
        if rank is None or not self._steps or self._steps[-1].value != ops.OWNER_DIED:
            return None
        return Diagnosis(MISSING_RELEASE)

    def _stale_check(self):
        """Somebody went on after a wait that stands in no loop, and so was not asked for again."""
        for step in self._steps:
            facts = facts_at(step)
            if step.kind == "wait" and step.words.endswith("again") and facts and step.span not in facts.rechecked:
                return Diagnosis(STALE_CHECK)
        return None

    def _interrupted(self):
        """What an interruption broke, proven by what happens without it."""
        return (
            self._proven(LOST_UPDATE, patterns.lost_update, lambda _: within_update)
            or self._proven(UNSAFE_PUBLICATION, patterns.unsafe_publication, lambda _: within_a_run)
            or self._proven(TORN_READ, patterns.torn_read, lambda _: within_a_run)
            or self._proven(TORN_READ, patterns.torn_read, lambda told: until_all_touched(set(map(_place, told))))
            or self._proven(CHECK_THEN_ACT, patterns.check_then_act, lambda _: until_the_act)
            or self._proven(CHECK_THEN_ACT, patterns.check_then_act, lambda told: until_written(_place(told[0])))
            or Diagnosis()
        )

    def _proven(self, name, pattern, what_if):
        """The Diagnosis `name` when its pattern is in the witness, and the program is right without it.
        `what_if(steps of the pattern)`: how long a process then goes on alone, see restricted."""
        told = self._steps + coming(self._model, self._found.state)
        steps = pattern(told)
        if steps is None:
            return None
        if not self._is_right(Restricted(self._model, what_if([told[index] for index in steps]))):
            return None
        taken = tuple(index for index in steps if index < len(self._steps))
        return Diagnosis(WRONG_LOCK if self._both_locked(taken) else name, taken)

    def _both_locked(self, indexes):
        """Whether each process held a lock at these steps, but not all of them the same one."""
        held, found = {}, {}
        for index, step in enumerate(self._steps):
            mine = held.setdefault(step.rank, set())
            if step.kind in ("acquire", "try_acquire") and step.value in (True, None):
                mine.add(step.target)
            elif step.kind == "release":
                mine.discard(step.target)
            if index in indexes:
                found[step.rank] = found.get(step.rank, mine) & mine
        return len(found) > 1 and all(found.values()) and not set.intersection(*found.values())


def _place(step):
    return step.offset, step.size


def _may_release(function):
    """Whether a function, or one that it reaches, releases anything, be it by a with-statement."""
    return ReachableState(function).uses("release", "__exit__")


def core(witness, diagnosis):
    """The indexes of the steps that explain a witness: those of its pattern, or those around its switches."""
    if diagnosis.name == LOST_UPDATE:
        return diagnosis.steps
    steps = witness.steps
    if len(steps) <= _SHORT:
        return tuple(range(len(steps)))
    kept = set(diagnosis.steps) | {len(steps) - 1}
    if witness.loop is not None:
        kept |= set(range(witness.loop, len(steps)))
    for index in range(1, len(steps)):
        if steps[index].rank != steps[index - 1].rank:
            kept |= {index - 1, index}
    kept |= {index for index, step in enumerate(steps) if step.kind in ("crash", "flush", "time out", "wake")}
    for rank in range(len(witness.ends)):  # the last thing each did, and the locks it still holds
        own = [index for index, step in enumerate(steps) if step.rank == rank]
        kept |= set(own[-1:]) | _unreleased(steps, own)
    kept |= _waited_in_buffers(steps, kept)
    # One step is shown as well as folded.
    kept |= {index for index in range(1, len(steps) - 1) if {index - 1, index + 1} <= kept}
    return tuple(sorted(kept))


def _waited_in_buffers(steps, kept):
    """For each store that is seen to reach memory, where it was made, and the loads that overtook it."""
    found = set()
    for index in [index for index in kept if steps[index].kind == "flush"]:
        flush = steps[index]
        own = [at for at in range(index) if steps[at].rank == flush.rank]
        made = [at for at in own if steps[at].writes and steps[at].offset == flush.offset]
        found |= {at for at in own if made and at >= made[-1] and (at == made[-1] or steps[at].reads)}
    return found


def _unreleased(steps, own):
    held = {}
    for index in own:
        step = steps[index]
        if step.kind in ("acquire", "try_acquire") and step.value in (True, None):
            held[step.target] = index
        elif step.kind == "release":
            held.pop(step.target, None)
    return set(held.values())
