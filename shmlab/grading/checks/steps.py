"""Questions about what processes did: which lock was held at which access, what was taken and never released, what
came before what.

Most misconceptions about processes show in the order of a few steps, so each of these questions is one call. A question
says by a text which steps it is about: "load counter" is an operation on a field or object; "acquire" is an operation
on anything; "doors" is any operation on doors, on doors[0] or on doors.count. Three words stand for several operations:
"read" and "write" for those that read or write a field, and "take" for an acquire, or a try_acquire that got it.
"""

import collections
import collections.abc
import itertools

from shmlab.explorer import ops

_GROUPS = {
    "read": lambda step: step.reads,
    "write": lambda step: step.writes,
    "take": lambda step: step.kind in ("acquire", "try_acquire") and step.value in (True, ops.OWNER_DIED),
}


class Steps(collections.abc.Sequence):
    """Steps in the order in which they were done, of one process or of several. Each is a Step of a Witness.

    `what in steps` says whether one of them is `what`; a slice is Steps again. Steps of different processes are never
    taken for each other's: a question about neighbours or about locks is asked for each process on its own.
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
        """Return the steps that are one of these."""
        return Steps(step for step in self if any(_is(step, one) for one in what))

    def without(self, *what):
        """Return the steps that are none of these."""
        return Steps(step for step in self if not any(_is(step, one) for one in what))

    def by(self, rank):
        """Return the steps of one process."""
        return Steps(step for step in self if step.rank == rank)

    def count(self, *what):
        """Return how many steps are one of these."""
        return len(self.of(*what))

    def targets(self, *what):
        """Return the fields and objects of the steps that are one of these, a set of names."""
        return {step.target for step in self.of(*what)}

    def values(self, *what):
        """Return what the steps that are one of these loaded, stored or answered, a list."""
        return [step.value for step in self.of(*what)]

    def ranks(self, *what):
        """Return the processes that have done one of these, a set of ranks; without `what`: those with any step."""
        return {step.rank for step in (self.of(*what) if what else self)}

    def begin(self, *what):
        """Return whether these are the first steps, in this order."""
        return len(self) >= len(what) and all(map(_is, self, what))

    def end(self, *what):
        """Return whether these are the last steps, in this order."""
        return len(self) >= len(what) and all(map(_is, self[len(self) - len(what) :], what))

    def before(self, what):
        """Return the steps before the first that is `what`. Raises ValueError where none is."""
        return self[: self._place(what)]

    def until(self, what):
        """Return the steps before the first that is `what`, and all steps where none is."""
        return self.before(what) if what in self else self

    def after(self, what):
        """Return the steps after the first that is `what`. Raises ValueError where none is."""
        return self[self._place(what) + 1 :]

    def since(self, what):
        """Return the steps after the last that is `what`. Raises ValueError where none is."""
        return self[len(self) - Steps(reversed(self._steps))._place(what) :]

    def between(self, first, last):
        """Return the steps after the first that is `first` and before the next that is `last`. Raises ValueError where
        one of the two is missing."""
        return self.after(first).before(last)

    def _place(self, what):
        for place, step in enumerate(self):
            if _is(step, what):
                return place
        raise ValueError(f"no step is {what!r}")

    def followed(self, what, by):
        """Return whether each `what` is followed at once by a `by` of the same process; the last may still lack it.
        False where there is no `what`."""
        return what in self and all(_is(after, by) for step, after in self._neighbours() if _is(step, what))

    def preceded(self, what, by):
        """Return whether each `what` comes right after a `by` of the same process. False where there is no `what`."""
        pairs = [(before, step) for before, step in self._neighbours() if _is(step, what)]
        return what in self and len(pairs) == self.count(what) and all(_is(before, by) for before, _ in pairs)

    def runs(self, what):
        """Return the runs of steps that one process did without another step between, all `what`; a list of Steps."""
        runs = []
        for rank in sorted(self.ranks()):
            going = False
            for step in self.by(rank):
                if _is(step, what):
                    runs = [*runs[:-1], [*runs[-1], step]] if going else [*runs, [step]]
                going = _is(step, what)
        return [Steps(run) for run in runs]

    def turnstiles(self):
        """Return the locks and semaphores that a process takes and releases in its very next step, a set of names."""
        pairs = self._neighbours()
        return {one.target for one, after in pairs
                if _is(one, "take") and after.kind == "release" and one.target == after.target}  # fmt: skip

    def _neighbours(self):
        """(step, the next one) of each process."""
        mine = [self.by(rank) for rank in sorted(self.ranks())]
        return [pair for steps in mine for pair in itertools.pairwise(steps)]

    def held(self, lock, at):
        """Return for each step that is `at` whether its process holds `lock` then, a list of bool."""
        return [any(_within(name, lock) for name in names) for names in self.guards(at)]

    def guards(self, at):
        """Return for each step that is `at` which locks its process holds then, a list of sets of names.

        A semaphore counts as held from an acquire to the release that gives the unit back.
        """
        holding, guards = collections.Counter(), []
        for step in self:
            if _is(step, at):
                guards.append({name for (rank, name), units in holding.items() if rank == step.rank and units})
            _count(holding, step)
        return guards

    def keeps(self, lock=None):
        """Return the locks that are held after the last step, a set of names. `lock`: only this one, or those in it."""
        holding = collections.Counter()
        for step in self:
            _count(holding, step)
        return {name for (_, name), units in holding.items() if units and (lock is None or _within(name, lock))}

    def never_releases(self, lock):
        """Return whether `lock` is taken, and no step releases it."""
        return f"take {lock}" in self and f"release {lock}" not in self

    def releases_too_often(self, lock):
        """Return whether a process takes `lock`, or one in it, and releases it more often than it took it."""
        mine = [self.by(rank) for rank in self.ranks()]
        return any(
            steps.count(f"release {name}") > steps.count(f"take {name}")
            for steps in mine
            for name in steps.targets(f"take {lock}")
        )

    def takes_own(self, semaphore):
        """Return whether a process takes a unit of a semaphore, `semaphore` or one in it, after it has released one."""
        return any(released for _, released in self._takes(semaphore))

    def takes_unreleased(self, semaphore):
        """Return whether a process takes a unit of a semaphore, `semaphore` or one in it, before it has released one.
        When it runs alone, this is a unit that was there at the start."""
        return any(not released for _, released in self._takes(semaphore))

    def _takes(self, semaphore):
        """(step, whether its process has released the same semaphore before) of each step that takes a unit."""
        for place, step in enumerate(self):
            if _is(step, f"take {semaphore}"):
                yield step, f"release {step.target}" in self[:place].by(step.rank)

    def releases_between(self, what):
        """Return whether something is released between the first and the last step that is `what`."""
        places = [place for place, step in enumerate(self) if _is(step, what)]
        return bool(places) and "release" in self[places[0] : places[-1]]

    def stores_without_load(self, field):
        """Return whether `field` is stored where the process has not loaded it since its last store."""
        for rank in self.ranks():
            loaded = False
            for step in self.by(rank).of(field):
                if step.kind == "store" and not loaded:
                    return True
                loaded = step.reads and not step.writes
        return False


def _is(step, what):
    """Return whether a step is what this text says, see above."""
    kind, _, target = what.partition(" ")
    if target:
        return _done(step, kind) and _within(step.target, target)
    return _done(step, what) or _within(step.target, what)


def _done(step, kind):
    return _GROUPS[kind](step) if kind in _GROUPS else step.kind == kind


def _within(name, whole):
    """Return whether a field or object is `whole`, or an element or a field of it."""
    return name == whole or name.startswith((f"{whole}[", f"{whole}."))


def _count(holding, step):
    """Count the units of each (rank, lock) that are held after a step."""
    if _is(step, "take"):
        holding[step.rank, step.target] += 1
    elif step.kind == "release" and holding[step.rank, step.target]:
        holding[step.rank, step.target] -= 1
