"""Measure the time to a complete verdict on a right program."""

import dataclasses
import functools
import math

import by_frontrun
from measured import in_turn, judged, ratios, spread

from shmlab import Mutex, Program
from shmlab.base.table import Table

GOAL = 50


def locked(shm, mutex, times=3):
    for _ in range(times):
        with mutex:
            shm.counter += 1


def announced(shm, mutex, times=3):
    shm.started = 1
    for _ in range(times):
        with mutex:
            shm.counter += 1


def locked_by_thread(shm, times=3):
    for _ in range(times):
        with shm.mutex:
            shm.counter += 1


def announced_by_thread(shm, times=3):
    shm.started = 1
    for _ in range(times):
        with shm.mutex:
            shm.counter += 1


def in_order(rank, announces, times):
    """Return the same program for one thread; it also records the order in which the lock was taken."""

    def take(shm):
        if announces:
            shm.started = 1
        for _ in range(times):
            with shm.mutex:
                shm.order = (*shm.order, rank)

    return take


@dataclasses.dataclass(frozen=True)
class Right:
    """A right program, written for both explorers: two processes add to a counter `times` times each, under a lock."""

    words: str
    ours: object
    theirs: object
    times: int
    announces: bool = False

    @property
    def orders(self):
        """Return the number of orders in which the lock can be taken."""
        return math.comb(2 * self.times, self.times)

    def check(self):
        """Check the program with Program.check; raise RuntimeError unless that says that it is right."""
        function = functools.partial(self.ours, times=self.times)
        verdict = Program(
            function, processes=2, shared={"counter": 0, "started": 0}, sync={"mutex": Mutex()},
            invariant=lambda shm: shm.counter == 2 * self.times,
        ).check(progress=False)  # fmt: skip
        if not (verdict.ok and verdict.complete):
            raise RuntimeError(f"{self.words}: {verdict.sentence}")

    def check_by_frontrun(self):
        """Return how many executions frontrun needs; raise RuntimeError unless it says that the program is right."""
        worker = functools.partial(self.theirs, times=self.times)
        found = by_frontrun.explored([worker] * 2, lambda shared: shared.counter == 2 * self.times)
        if not found.property_holds:
            raise RuntimeError(f"{self.words}: frontrun says {found.explanation}")
        return found.num_explored

    def orders_by_frontrun(self):
        """Return the number of orders in which frontrun lets the lock be taken."""
        orders = set()
        workers = [in_order(rank, self.announces, self.times) for rank in range(2)]
        by_frontrun.explored(workers, lambda shared: orders.add(shared.order) is None)
        return len(orders)


RIGHT = (
    Right("2 × 3 under a lock", locked, locked_by_thread, 3),
    Right("2 × 3, a store before the first lock", announced, announced_by_thread, 3, announces=True),
    Right("2 × 5, a store before the first lock", announced, announced_by_thread, 5, announces=True),
)


def table(rounds):
    """Return a Table with the milliseconds of both, and with how many times as long frontrun takes."""
    covered = [f"{right.check_by_frontrun()}, {right.orders_by_frontrun()} of {right.orders}" for right in RIGHT]
    contenders = {}
    for number, right in enumerate(RIGHT):
        contenders |= {(number, "frontrun"): right.check_by_frontrun, (number, "ours"): right.check}
    seconds = in_turn(contenders, rounds)
    rows = []
    for number, right in enumerate(RIGHT):
        theirs, ours = seconds[number, "frontrun"], seconds[number, "ours"]
        times = ratios(theirs, ours)
        figures = *spread([one * 1e3 for one in theirs]), *spread([one * 1e3 for one in ours]), *spread(times)
        rows.append((right.words, covered[number], *figures, judged(times, GOAL, "times")))
    return Table(
        f"Time to the verdict that a program is right; {rounds} rounds",
        ("program", "frontrun: executions, orders", "frontrun, ms", "lowest – highest", "Program.check, ms",
         "lowest – highest", "times frontrun", "lowest – highest", "goal"),
        tuple(rows),
        "Orders: in which the lock is taken, counted in a run of its own. Where frontrun covers fewer than there are, "
        "its verdict is not complete.",
    )  # fmt: skip
