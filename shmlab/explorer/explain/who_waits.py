"""Tell which process waits for which when none goes on, and in which order locks were taken: two graphs of a moment.

In the wait-for graph an arrow leads from a process to the holder of the lock that it waits for; a circle is a
deadlock. In the lock-order graph an arrow leads from a lock to another that was asked for while the first was held; a
circle means that a deadlock is possible. Source: Coffman, Elphick, Shoshani, System Deadlocks, 1971.
"""

import dataclasses
import re
import typing

from shmlab import layout
from shmlab.base.table import Table, Tabled
from shmlab.explorer.explain.holding import Holding, takes

_WAITS = re.compile(r"waits to acquire (\S+)")


class Order(typing.NamedTuple):
    """`wanted` was asked for while `held` was held, by the processes of these ranks."""

    held: str
    wanted: str
    ranks: tuple


@dataclasses.dataclass(frozen=True, repr=False)
class LockOrder(Tabled):
    """In which order locks are taken. `orders`: Orders. `source`: how this is known, in a sentence."""

    title: str
    source: str
    orders: tuple

    @property
    def circle(self):
        """Return the locks on a circle, the first one again at its end, or ()."""
        return _circle([(order.held, order.wanted) for order in self.orders])

    def table(self):
        """Return a Table with a row for each Order."""
        rows = tuple((order.held, order.wanted, _processes(order.ranks)) for order in self.orders)
        circle = f"a circle: {' → '.join(self.circle)}" if self.circle else "no circle"
        return Table(f"{self.title}: {circle}. {self.source}", ("who holds", "asks for", "process"), rows)


class Wait(typing.NamedTuple):
    """How a process stands. `holds`: locks. `wants`: the lock that it waits for, or "". `holders`: ranks of those who
    have that one, () where nobody can tell. `known`: how all this is known, in words."""

    rank: int
    holds: tuple
    wants: str
    holders: tuple
    known: str


@dataclasses.dataclass(frozen=True, repr=False)
class WhoWaits(Tabled):
    """`waits`: a Wait for each process. `source`: how this is known, in a sentence. `memory`: the shared fields."""

    title: str
    source: str
    waits: tuple
    memory: dict

    @property
    def circle(self):
        """Return the ranks on a circle, the first one again at its end, or ()."""
        return _circle([(wait.rank, holder) for wait in self.waits for holder in wait.holders])

    @property
    def lock_order(self):
        """Return the LockOrder of this moment: the locks that are held, and those asked for."""
        found = {}
        for wait in self.waits:
            for held in wait.holds if wait.wants else ():
                found.setdefault((held, wait.wants), []).append(wait.rank)
        orders = tuple(Order(held, wanted, tuple(ranks)) for (held, wanted), ranks in found.items())
        return LockOrder(self.title, self.source, orders)

    def table(self):
        """Return a Table with a row for each process."""
        rows = tuple(
            (f"P{wait.rank}", ", ".join(wait.holds) or "–", wait.wants or "–",
             (_processes(wait.holders) or "?") if wait.wants else "–", wait.known)
            for wait in self.waits
        )  # fmt: skip
        circle = " → ".join(f"P{rank}" for rank in self.circle)
        words = [f"a circle, {circle}" if circle else "no circle", layout.in_words(self.memory)]
        caption = f"{self.title}: {'; '.join(filter(None, words))}. {self.source}"
        return Table(caption, ("process", "holds", "waits for", "which is held by", "how we know"), rows)


def of_witness(witness):
    """Return the WhoWaits at the end of a Witness: of the semaphores and mutexes acquired and not released."""
    holding, waits = Holding(by_any=True), []
    for step in witness.steps:
        holding.follow(step)
    for rank, end in enumerate(witness.ends):
        found = _WAITS.match(end)
        wants = found[1] if found else ""
        waits.append(Wait(rank, holding.of(rank), wants, holding.holders(wants), end))
    return WhoWaits(witness.title, "From the model, at the end of an interleaving.", tuple(waits), witness.final)


def lock_order(title, runs):
    """Return the LockOrder of processes that ran alone. `runs`: for each the steps of its Witness."""
    found = {}
    for rank, steps in enumerate(runs):
        holding = Holding()
        for step in steps:
            for one in holding.of(rank) if takes(step) else ():
                found.setdefault((one, step.target), []).append(rank)
            holding.follow(step)
    orders = tuple(Order(one, other, tuple(dict.fromkeys(ranks))) for (one, other), ranks in found.items())
    return LockOrder(title, "From the model, each process alone: no run has to fail for it.", orders)


def _processes(ranks):
    return " and ".join(f"P{rank}" for rank in ranks)


def _circle(links):
    """Return the nodes on a circle of a graph, the first one again at its end; () if there is none."""
    after = {}
    for one, other in links:
        after.setdefault(one, []).append(other)

    def follow(path):
        for following in after.get(path[-1], ()):
            if following in path:
                return (*path[path.index(following) :], following)
            if found := follow((*path, following)):
                return found
        return ()

    return next(filter(None, (follow((one,)) for one in after)), ())
