"""Compare naive explorers: each goes through every schedule of 2 × 3 unprotected increments, one after the other."""

import collections
import functools
import itertools
import math

import by_frontrun
from measured import in_turn, judged, ratios, spread

from shmlab import Program
from shmlab.base.table import Table
from shmlab.explorer import ops
from shmlab.explorer.execution.greenlet_host import GreenletHost
from shmlab.explorer.question import Terms

TOTAL, PASSING = math.comb(12, 6), math.comb(6, 3)
TIMES_GOAL, PER_S_GOAL = 15, 20_000
THEIRS, CACHED = "frontrun, DPOR without a bound", "Program.count, each state once"
RERUN, WALK = "functions run anew for each", "model walked for each"


def increment(shm):
    for _ in range(3):
        shm.counter += 1


def program():
    return Program(increment, processes=2, shared={"counter": 0}, invariant=lambda shm: shm.counter == 6)


def every_schedule(run):
    """Go through every schedule depth-first, without any reduction and without remembering states.

    `run(prefix)` follows these choices, then always takes the first; it returns (choice, number of choices) per step.
    """
    prefix = []
    while prefix is not None:
        prefix = _following(run(prefix))


def _following(taken):
    """Return the next prefix: the choices up to the last that has a successor, with that successor; None at the end."""
    while taken and taken[-1][0] + 1 == taken[-1][1]:
        taken.pop()
    return [choice for choice, _ in taken[:-1]] + [taken[-1][0] + 1] if taken else None


class Rerun:
    """Starts both functions anew for each schedule and resumes them along it, on a memory of bytes."""

    def __init__(self, question):
        self._question = question
        self._host = GreenletHost(question.functions, question.wanted, question.layout, question.sync)
        self.finals, self.orders = collections.Counter(), []

    def run(self, prefix):
        executions = [self._host.start(rank) for rank in range(len(self._question.functions))]
        standing = [execution.resume(again=True).op for execution in executions]
        memory, taken, order = bytearray(self._question.initial), [], []
        while able := [rank for rank, op in enumerate(standing) if op.kind not in ops.ENDS]:
            choice = prefix[len(taken)] if len(taken) < len(prefix) else 0
            taken.append((choice, len(able)))
            rank = able[choice]
            order.append(rank)
            standing[rank] = executions[rank].resume(_observed(memory, standing[rank]), again=True).op
        final = self._question.layout.from_buffer_copy(memory)
        self.finals[final.counter, bool(self._question.invariant(final))] += 1
        self.orders.append(tuple(order))
        return taken


def _observed(memory, op):
    """Do a load or a store on `memory`; return what it observes."""
    place = slice(op.place, op.place + op.size)
    if op.kind == "load":
        return bytes(memory[place])
    if op.kind != "store":
        raise ValueError(f"{op.kind}: only loads and stores are done here")
    memory[place] = op.values[0]
    return None


class Walk:
    """Goes through every schedule over Model.successors, and judges each state.

    Behaviours are remembered, states are not. It goes back to the last choice, not to the beginning.
    """

    def __init__(self, question):
        self._question = question
        self._model = Terms().model(question, question.behaviour())
        self._judge = question.judge(self._model)
        self.finals, self.orders, self._order = collections.Counter(), [], []

    def run(self):
        self._from(self._model.initial)
        return self

    def _from(self, state):
        moves = self._model.successors(state)
        fault = self._judge.fault(state, moves)
        if fault is not None or not moves:
            final = self._question.layout.from_buffer_copy(state[0])
            self.finals[final.counter, fault is None] += 1
            self.orders.append(tuple(self._order))
            return
        for (rank, _), following in moves:
            self._order.append(rank)
            self._from(following)
            self._order.pop()


def rerun():
    """Return a Rerun that has gone through all schedules."""
    one = Rerun(program().question())
    every_schedule(one.run)
    return one


def walk():
    """Return a Walk that has gone through all schedules."""
    return Walk(program().question()).run()


def finals_by_frontrun():
    finals = collections.Counter()

    def invariant(shared):
        finals[shared.counter, shared.counter == 6] += 1
        return shared.counter == 6

    found = by_frontrun.explored([increment] * 2, invariant)
    if (found.num_explored, len(found.failures)) != (finals.total(), failing(finals)):
        raise RuntimeError(f"frontrun says {found.num_explored}, {len(found.failures)} failing; it asked of {finals}")
    return finals


def finals_by_count():
    told = program().count(progress=False).finals
    return collections.Counter({(int(words.split(" = ")[1]), ok): number for words, (number, ok) in told.items()})


def failing(finals):
    return sum(number for (_, ok), number in finals.items() if not ok)


CONTENDERS = {
    THEIRS: finals_by_frontrun,
    RERUN: lambda: rerun().finals,
    WALK: lambda: walk().finals,
    CACHED: finals_by_count,
}


def verified(run):
    """Return the finals that a contender finds. Raises RuntimeError unless it covered all 924 and 904 failed."""
    finals = run()
    if (finals.total(), failing(finals)) != (TOTAL, TOTAL - PASSING):
        raise RuntimeError(f"{finals.total()} interleavings, {failing(finals)} failing: {finals}")
    return finals


def verify_orders():
    """Raise RuntimeError unless each explorer takes the 6 steps of both processes in every order, each order once."""
    every = {tuple(int(step in second) for step in range(12)) for second in itertools.combinations(range(12), 6)}
    found = {
        THEIRS: by_frontrun.orders([increment] * 2),
        RERUN: rerun().orders,
        WALK: walk().orders,
    }
    for name, orders in found.items():
        if set(orders) != every or len(orders) != len(every):
            raise RuntimeError(f"{name}: {len(orders)} schedules, {len(set(orders))} different, of {len(every)}")


def table(rounds):
    """Return a Table with schedules a second, and with how many times frontrun's rate that is."""
    verify_orders()
    finals = [verified(run) for run in CONTENDERS.values()]
    if any(one != finals[0] for one in finals):
        raise RuntimeError(f"these do not end alike: {finals}")
    seconds = in_turn({name: functools.partial(verified, run) for name, run in CONTENDERS.items()}, rounds)
    rows = []
    for name, ours in seconds.items():
        per_s, times = [TOTAL / one for one in ours], ratios(seconds[THEIRS], ours)
        goals = [judged(times, TIMES_GOAL, "times")] if name in (RERUN, WALK) else []
        goals += [judged(per_s, PER_S_GOAL, "a second")] if name == WALK else []
        rows.append((name, *spread(per_s), *spread(times), "; ".join(goals)))
    return Table(
        f"2 × 3 unprotected increments, {TOTAL} interleavings, {TOTAL - PASSING} failing: the same ones for each; "
        f"{rounds} rounds",
        ("explored by", "schedules/s", "lowest – highest", "times frontrun", "lowest – highest", "goal"),
        tuple(rows),
        "Program.count does not go through schedules one by one; it shows what remembering states spares.",
    )
