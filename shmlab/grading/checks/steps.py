"""Questions about what processes did: which lock was held at which access, what was taken and never released, what
came before what.

Most misconceptions about processes show in the order of a few steps, so each of these questions is one call. A text
names the steps that a question is about: "load counter" an operation on a field or object, "acquire" an operation on
any of them, "doors" any operation on doors, doors[0] or doors.count. Three words stand for several operations: "read"
and "write" for those that read or write a field, "take" for an acquire, or a try_acquire that succeeded.
"""

import collections
import collections.abc
import itertools

from shmlab.explorer import ops
from shmlab.explorer.explain.holding import Holding, takes

_GROUPS = {
    "read": lambda step: step.reads,
    "write": lambda step: step.writes,
    "take": takes,
}


class Steps(collections.abc.Sequence):
    """Steps in the order in which they were done, of one process or of several. Each is a Step of a Witness.

    `what in steps` says whether that text names one of them; a slice is Steps again. Questions about neighbours and
    about locks are answered for each process on its own.
    """

    def __init__(self, steps=()):
        self._steps = tuple(steps)

    def __len__(self):
        return len(self._steps)

    def __getitem__(self, index):
        return Steps(self._steps[index]) if isinstance(index, slice) else self._steps[index]

    def __contains__(self, what):
        return any(_is(step, what) for step in self)

    def __repr__(self):
        return f"Steps({', '.join(f'P{step.rank} {step.kind} {step.target}'.rstrip() for step in self)})"

    def of(self, *what):
        """Return the steps that one of these texts names."""
        return Steps(step for step in self if any(_is(step, one) for one in what))

    def without(self, *what):
        """Return the steps that none of these texts names."""
        return Steps(step for step in self if not any(_is(step, one) for one in what))

    def by(self, rank):
        """Return the steps of one process."""
        return Steps(step for step in self if step.rank == rank)

    def _each(self):
        return [self.by(rank) for rank in sorted({step.rank for step in self})]

    def count(self, *what):
        """Return how many steps these texts name."""
        return len(self.of(*what))

    def targets(self, *what):
        """Return the fields and objects of the steps that these texts name, a set of names."""
        return {step.target for step in self.of(*what)}

    def values(self, *what):
        """Return what the steps that these texts name loaded, stored or answered, a list."""
        return [step.value for step in self.of(*what)]

    def ranks(self, *what):
        """Return the processes that did a step that these texts name, or any step without `what`; a set of ranks."""
        return {step.rank for step in (self.of(*what) if what else self)}

    def begin(self, *what):
        """Return whether the first steps are these, in this order."""
        return len(self) >= len(what) and all(map(_is, self, what))

    def end(self, *what):
        """Return whether the last steps are these, in this order."""
        return len(self) >= len(what) and all(map(_is, self[len(self) - len(what) :], what))

    def before(self, what):
        """Return the steps before the first `what`. Raises ValueError where there is none."""
        return self[: self._place(what)]

    def until(self, what):
        """Return the steps before the first `what`, all steps where there is none."""
        return self.before(what) if what in self else self

    def after(self, what):
        """Return the steps after the first `what`. Raises ValueError where there is none."""
        return self[self._place(what) + 1 :]

    def since(self, what):
        """Return the steps after the last `what`. Raises ValueError where there is none."""
        return self[len(self) - Steps(reversed(self))._place(what) :]

    def between(self, first, last):
        """Return the steps after the first `first` and before the next `last`. Raises ValueError where one of the two
        is missing."""
        return self.after(first).before(last)

    def _place(self, what):
        for place, step in enumerate(self):
            if _is(step, what):
                return place
        raise ValueError(f"no step is {what!r}")

    def heir(self, lock):
        """Return what the first process does that takes `lock` from a dead owner, from then on. Raises ValueError
        where nobody does."""
        for place, step in enumerate(self):
            if _is(step, f"take {lock}") and step.value == ops.OWNER_DIED:
                return self[place + 1 :].by(step.rank)
        raise ValueError(f"nobody takes {lock} from a dead owner")

    def followed(self, what, by):
        """Return whether each `what` is followed at once by a `by`; where the process stops, the last one need not be.
        False where there is no `what`."""
        return what in self and all(_is(after, by) for step, after in self._neighbours() if _is(step, what))

    def preceded(self, what, by):
        """Return whether each `what` comes right after a `by`. False where there is no `what`."""
        before = [_is(before, by) for before, step in self._neighbours() if _is(step, what)]
        return what in self and len(before) == self.count(what) and all(before)

    def runs(self, what):
        """Return the runs of steps that a process did without another step between, all `what`; a list of Steps."""
        return [
            Steps(run)
            for steps in self._each()
            for fits, run in itertools.groupby(steps, lambda step: _is(step, what))
            if fits
        ]

    def turnstiles(self):
        """Return the locks and semaphores that a process takes and releases in its very next step, a set of names."""
        pairs = [(step, after) for step, after in self._neighbours() if step.target == after.target]
        return {step.target for step, after in pairs if _is(step, "take") and after.kind == "release"}

    def _neighbours(self):
        """(step, the next one of the same process) of all processes."""
        return [pair for steps in self._each() for pair in itertools.pairwise(steps)]

    def held(self, lock, at):
        """Return for each step `at` whether its process holds `lock` then, a list of bool."""
        return [any(_within(name, lock) for name in names) for names in self.guards(at)]

    def guards(self, at):
        """Return for each step `at` which locks its process holds then, a list of sets of names. A semaphore counts as
        held from an acquire to the release that gives the unit back."""
        holding, guards = Holding(), []
        for step in self:
            if _is(step, at):
                guards.append({*holding.of(step.rank)})
            holding.follow(step)
        return guards

    def keeps(self, lock=None):
        """Return the locks that are held after the last step, a set of names; with `lock` this one, or those in it."""
        return {name for _, name in self._holding() if lock is None or _within(name, lock)}

    def holders(self, lock):
        """Return the processes inside the critical section after the last step: those that hold `lock`, or one in it;
        a set of ranks."""
        return {rank for rank, name in self._holding() if _within(name, lock)}

    def _holding(self):
        """(rank, lock) of all that is held after the last step."""
        holding = Holding()
        for step in self:
            holding.follow(step)
        return holding.held

    def never_releases(self, lock):
        """Return whether `lock` is taken, and no step releases it."""
        return f"take {lock}" in self and f"release {lock}" not in self

    def releases_too_often(self, lock):
        """Return whether a process takes `lock`, or one in it, and releases it more often than it took it."""
        return any(
            steps.count(f"release {name}") > steps.count(f"take {name}")
            for steps in self._each()
            for name in steps.targets(f"take {lock}")
        )

    def releases_between(self, what):
        """Return whether something is released between the first `what` and the last one."""
        places = [place for place, step in enumerate(self) if _is(step, what)]
        return bool(places) and "release" in self[places[0] : places[-1]]

    def takes_own(self, semaphore):
        """Return whether a process takes a unit of `semaphore`, or of one in it, after it has released one itself."""
        return any(self._released_before(semaphore))

    def takes_unreleased(self, semaphore):
        """Return whether a process takes a unit of `semaphore`, or of one in it, without having released one itself.
        Where it runs alone, the semaphore started with this unit."""
        return not all(self._released_before(semaphore))

    def _released_before(self, semaphore):
        """For each step that takes a unit, whether its process has released one of the same semaphore before."""
        places = [place for place, step in enumerate(self) if _is(step, f"take {semaphore}")]
        return [f"release {self[place].target}" in self[:place].by(self[place].rank) for place in places]

    def stores_without_load(self, field):
        """Return whether a process stores in `field` what it has not loaded from there just before."""
        for steps in self._each():
            touching = steps.of(field)
            if touching.begin("store") or any(
                after.kind == "store" and not (step.reads and not step.writes)
                for step, after in itertools.pairwise(touching)
            ):
                return True
        return False


def _is(step, what):
    """Return whether a text names a step, see above."""
    kind, _, target = what.partition(" ")
    if target:
        return _done(step, kind) and _within(step.target, target)
    return _done(step, what) or _within(step.target, what)


def _done(step, kind):
    return _GROUPS[kind](step) if kind in _GROUPS else step.kind == kind


def _within(name, whole):
    """Return whether a field or object is `whole`, or an element or a field of it."""
    return name == whole or name.startswith((f"{whole}[", f"{whole}."))
