"""Linearizability against an enumeration, which keeps whole histories, merges nothing and tries all orders."""

import itertools
import random

import pytest

from shmlab import Program, fetch_add, invoke, respond
from shmlab.explorer.model.linearization import BROKEN, Linearization
from shmlab.explorer.question import Terms


class Counter:
    def __init__(self):
        self.value = 0

    def add(self):
        self.value += 1
        return self.value

    def get(self):
        return self.value


def add_in_two_steps(shm):
    invoke("add")
    shm.n += 1
    respond(shm.n)


def add_at_once(shm):
    invoke("add")
    respond(fetch_add(shm, "n", 1) + 1)


def get(shm):
    invoke("get")
    respond(shm.n)


def moves(draw):
    """A random program of operations on a counter in memory, some of them wrong: functions and what they do."""
    scripts = [
        [draw.choice(["add at once", "add in two", "get", "get late", "get old"]) for _ in range(draw.randint(1, 2))]
        for _ in range(draw.choice([2, 2, 3]))
    ]

    def process(shm, rank):
        for what in scripts[rank]:
            if what == "add at once":
                add_at_once(shm)
            elif what == "add in two":
                add_in_two_steps(shm)
            elif what == "get late":
                invoke("get")
                value = shm.n
                respond(value if shm.n >= value else -1)
            elif what == "get old":
                old = shm.n
                invoke("get")
                respond(old)
            else:
                get(shm)

    return Program(process, processes=len(scripts), shared={"n": 0}, linearizable=Counter)


class _AsItCame:
    """In place of Linearization: a number for each whole history; and its cases are found by trying all orders."""

    def __init__(self, ranks):
        self.histories, self.first, self._ranks = [None, ()], 1, ranks

    def _add(self, event, number):
        self.histories.append((*self.histories[number], event))
        return len(self.histories) - 1

    def invoked(self, number, rank, name, arguments):
        return self._add(("invoke", rank, name, arguments), number)

    def responded(self, number, rank, result):
        made = self._add(("respond", rank, result), number)
        return made if explained(self.histories[made]) else BROKEN


def explained(history):
    """Whether some order of a history's operations gives its results, by trying all of them."""
    calls, open_calls = [], {}
    for at, (kind, rank, *rest) in enumerate(history):
        if kind == "invoke":
            open_calls[rank] = len(calls)
            calls.append({"name": rest[0], "arguments": rest[1], "first": at, "last": None})
        else:
            calls[open_calls.pop(rank)] |= {"last": at, "result": rest[0]}
    done = [call for call in calls if call["last"] is not None]
    pending = [call for call in calls if call["last"] is None]
    for number in range(len(pending) + 1):
        for some in itertools.combinations(pending, number):
            if any(fits(order) for order in itertools.permutations([*done, *some])):
                return True
    return False


def fits(order):
    for at, call in enumerate(order):
        if any(later["last"] is not None and later["last"] < call["first"] for later in order[at + 1 :]):
            return False
    counter = Counter()
    return all(
        (call["last"] is None and getattr(counter, call["name"])(*call["arguments"]) is not ...)
        or (call["last"] is not None and getattr(counter, call["name"])(*call["arguments"]) == call["result"])
        for call in order
    )


def broken_somewhere(program):
    """Whether a way through the model, with whole histories and none merged, comes to a result without an order."""
    question = program.question()
    behaviour = question.behaviour(marked=False)
    model = Terms().model(question, behaviour)
    model.linearization = _AsItCame(len(question.functions))
    model.initial = (model.initial[0], (model.linearization.first,), *model.initial[2:])
    left, seen = [model.initial], set()
    while left:
        state = left.pop()
        if state[1][-1] == BROKEN:
            return True
        if state not in seen:
            seen.add(state)
            left += [after for _, after in model.successors(state)]
    return False


def seeds(few, many):
    """`few` in `make test`, `many` in `make gate`."""
    return pytest.mark.parametrize(
        "first", [0, *(pytest.param(first, marks=pytest.mark.gate) for first in range(few, many, few))]
    )


@seeds(40, 400)
def test_the_search_finds_what_an_enumeration_finds(first):
    found = set()
    for seed in range(first, first + 40):
        program = moves(random.Random(seed))
        verdict = program.check()
        found.add(verdict.failure is not None)
        assert (verdict.failure is not None) == broken_somewhere(program), (seed, verdict)
    assert found == {True, False}


@seeds(60, 1_800)
def test_a_set_of_cases_says_what_all_orders_say(first):
    for seed in range(first, first + 60):
        follow(random.Random(seed))


def follow(draw):
    """Follow a random history, and compare after each event."""
    orders, history, busy = Linearization(Counter(), 3), [], set()
    number = orders.first
    for _ in range(draw.randint(4, 10)):
        rank = draw.randrange(3)
        if rank in busy:
            busy.remove(rank)
            event = ("respond", rank, draw.randint(0, 4))
            number = orders.responded(number, rank, event[2])
        else:
            busy.add(rank)
            event = ("invoke", rank, draw.choice(["add", "get"]), ())
            number = orders.invoked(number, *event[1:])
        history.append(event)
        assert (number == BROKEN) == (not explained(history)), history
        if number == BROKEN:
            break
