"""What a check has seen of a wrong answer, and the questions that tell one misconception from another.

A check sees one of three things, and each has its own questions. A program was checked in every interleaving: ask for
the kind of its failure, for the steps of the interleaving that fails, and for what a process does when it runs alone.
Real processes played a scene: ask for what was observed, by the words that the check has for it. A value came back: it
is `got`. A question about what an answer lacks raises an exception, and then that misconception is not behind it.
"""

from __future__ import annotations

import functools
import itertools
import math
import re
from typing import Any

from shmlab.explorer.alone import alone
from shmlab.grading.checks.steps import Steps

_WAITS = re.compile(r"waits (?:to \w+|on|at|for the mutex of) (\S+)")
_MODES = "its mode", "the mode", "the mode of what is there"


class Seen:
    """What a part of a check has seen of an answer.

    `title`: of the part. `program`, `verdict`: of a check of a program. `got`: the value that came back, or what was
    observed of a scene, a dict. `expected`: the value that should have come back. `words`: why there is no verdict.
    """

    def __init__(
        self,
        title: str,
        *,
        program: Any = None,
        verdict: Any = None,
        got: Any = None,
        expected: Any = None,
        words: str = "",
    ) -> None:
        self.title, self.program, self.verdict, self.got, self.expected = title, program, verdict, got, expected
        self._words = words

    def came_back(self, *numbers: float) -> bool:
        """Return whether exactly these numbers came back, in this order; each to a millionth, as floats are rounded.
        Raises TypeError or ValueError for what is no collection of so many numbers."""
        return all(math.isclose(one, other, rel_tol=1e-6) for one, other in zip(self.got, numbers, strict=True))

    # Of a program

    @property
    def kind(self) -> str:
        """The kind of the failure, or "": invariant, always, exception, deadlock, livelock, endless, impossible."""
        return self.verdict.failure.kind if self.verdict is not None and self.verdict.failure else ""

    @property
    def words(self) -> str:
        """The failure in a sentence, or ""."""
        return self.verdict.failure.sentence if self.kind else self._words

    def failed(self, kind: str, *words: str) -> bool:
        """Return whether it failed in this way, and the sentence about it has all of these words."""
        return self.kind == kind and all(word in self.words for word in words)

    def rules_out(self, *words: str) -> bool:
        """Return whether nothing goes wrong, but something can never happen that must be possible, such as work that
        two processes do at once. The sentence about it has all of these words."""
        return self.failed("impossible", *words)

    @property
    def diagnosis(self) -> str:
        """The pattern behind the failure as the explorer proved it, or ""."""
        return self.verdict.failure.diagnosis if self.kind else ""

    @property
    def final(self) -> dict[str, Any]:
        """The last content of memory, field -> value, or {}."""
        return self.verdict.witness.final if self.kind and self.verdict.witness else {}

    @property
    def ranks(self) -> range:
        """The ranks of all processes, a range."""
        return range(self.program.processes)

    def alone(self, rank: int = 0) -> Steps:
        """Return the Steps of process `rank` when it runs alone from the start, up to its end or its first wait."""
        return _alone(self.program, rank)

    @property
    def each_alone(self) -> list[Steps]:
        """What each process does when it runs alone, a list of Steps."""
        return [self.alone(rank) for rank in self.ranks]

    @property
    def steps(self) -> Steps:
        """The Steps of all processes in the interleaving that fails."""
        return Steps(self.verdict.witness.steps)

    def did(self, rank: int) -> Steps:
        """Return the Steps of process `rank` in the interleaving that fails."""
        return self.steps.by(rank)

    @property
    def loop(self) -> Steps:
        """The Steps that can be done again for ever in a livelock."""
        return self.steps[self.verdict.witness.loop :]

    @property
    def ends(self) -> tuple[str, ...]:
        """How each process stands at the end, in words: "finished", "waits to acquire lock in line 3"; a tuple."""
        return self.verdict.witness.ends

    @property
    def waits(self) -> list[str]:
        """For each process the name of the object that it waits for at the end, or ""; a list."""
        found = [_WAITS.match(end) for end in self.ends]
        return [waits[1] if waits else "" for waits in found]

    def waits_holding(self, lock: str) -> bool:
        """Return whether a process holds `lock` at the end, and waits to take another lock or semaphore. A process
        that waits on a condition variable does not count: it has given the mutex back."""
        return any(self.ends[rank].startswith("waits to") for rank in self.steps.holders(lock))

    def lapped(self, what: str) -> bool:
        """Return whether one process is two `what` ahead of another, counted for each field or object separately."""
        often = [[self.did(rank).of(what).count(name) for rank in self.ranks] for name in self.steps.targets(what)]
        return any(max(each) - min(each) >= 2 for each in often)

    def locks(self, name: str) -> list[set[str]]:
        """Return the locks, `name` or in it, that each process takes when it runs alone; a list of sets of names."""
        return [steps.targets(f"take {name}") for steps in self.each_alone]

    def have_no_lock_in_common(self, name: str, *ranks: int) -> bool:
        """Return whether two processes take locks, but none that both take. `name`: of the locks, or of what they are
        in. `ranks`: the processes, all where none is given."""
        locks = self.locks(name)
        pairs = itertools.combinations(ranks or self.ranks, 2)
        return any(locks[one] and locks[other] and not locks[one] & locks[other] for one, other in pairs)

    def take_in_opposite_order(self, name: str) -> bool:
        """Return whether two processes take the same two locks, one while they hold the other, in opposite order."""
        orders = set().union(*(_orders(steps, name) for steps in self.each_alone))
        return any((last, first) in orders for first, last in orders)

    # Of a scene

    def __getitem__(self, what: str) -> Any:
        """Return what was observed of this. Raises KeyError where nothing was."""
        return self.got[what]

    def get(self, what: str, default: Any = None) -> Any:
        """Return what was observed of this, or `default`."""
        return self.got.get(what, default)

    def raised(self, *words: str, by: str = "") -> bool:
        """Return whether a function raised an exception whose type and text have all of these words. `by`: the name of
        the function, or "" for any."""
        told = [said for what, said in self.got.items() if re.fullmatch(rf"what {by or '.*'} raises", what)]
        return any(all(word in said for word in words) for said in told)

    def child_raised(self, *words: str) -> bool:
        """Return whether a child that was forked raised an exception whose type and text have all of these words."""
        return "what a child raised" in self.got and all(word in self["what a child raised"] for word in words)

    def returned_twice(self) -> bool:
        """Return whether a forked child returned from the function, too, and raised nothing."""
        return self["who comes back from your function"] == "parent and child" and not self.child_raised()

    def ended(self, *words: str) -> bool:
        """Return whether a process ended before its function returned, in a way that these words tell: "SIGBUS"."""
        return "its end" in self.got and all(word in self["its end"] for word in words)

    def waits_at(self, *words: str) -> bool:
        """Return whether a process waits for ever in a line with one of these words."""
        return any(word in self.get("where it waits", "") for word in words)

    def goes_on_for_ever(self) -> bool:
        """Return whether a process waits or looks for something that does not come."""
        return "where it waits" in self.got or self.raised("EndlessCell") or self.ended("for ever")

    def left_open(self) -> bool:
        """Return whether a descriptor was left open."""
        return self._counted("how many descriptors")

    def left_mapped(self) -> bool:
        """Return whether a segment was left mapped."""
        return self._counted("how many processes have it mapped", "how many processes map it")

    def left_attached(self, when: str = "") -> bool:
        """Return whether a System V segment was left attached. `when`: words of the moment, as the check has them."""
        return self._counted("the attach count", having=when)

    def left_children(self) -> bool:
        """Return whether children were left: they run, or they are zombies, for which nobody waited."""
        return self._counted("how many children are left")

    def _counted(self, *beginnings: str, having: str = "") -> bool:
        return any(count > 0 for what, count in self.got.items() if what.startswith(beginnings) and having in what)

    def mode_in_decimal(self, number: int, *, umask: int = 0) -> bool:
        """Return whether an object has the mode that comes of `number` where 0o was forgotten: 640 for 0o640."""
        return f"{number & 0o777 & ~umask:04o}" in [self.get(what) for what in _MODES]

    def mode_for_others(self) -> bool:
        """Return whether the mode of a new object lets the group or others in."""
        return bool(int(self["its mode"], 8) & 0o077)


def _orders(steps, name):
    """(first, second) of each two locks of which a process takes the second while it holds the first."""
    taken = steps.of(f"take {name}")
    held = steps.guards(f"take {name}")
    return {(first, step.target) for step, names in zip(taken, held, strict=True) for first in names}


@functools.lru_cache(maxsize=64)
def _alone(program, rank):
    return Steps(alone(program.question(), rank).steps)
