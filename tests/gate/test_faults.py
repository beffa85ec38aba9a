"""The gate has teeth: with a fault seeded into what the explorer takes for one state, it finds a difference.

Each fault leaves one part out of what decides a future: a part of the model's states, or of the marks that
say when two histories of a process have met.
"""

import compare
import pytest

from shmlab.explorer.marks import marks
from shmlab.explorer.model.model import Model

SEEDS = range(200)


def _without(index):
    """States that differ in one part of each process are taken for one: 1 its buffer, 3 its phase."""
    return lambda state: (*state[:2], tuple((*one[:index], *one[index + 1 :]) for one in state[2]), state[3])


def _node_by_line(model):
    nodes = model.behaviour.nodes

    def projected(state):
        places = tuple((_line(nodes[one[0]]), *one[1:]) for one in state[2])
        return (*state[:2], places, state[3])

    return projected


def _line(node):
    return node.op.kind, node.stop.place and node.stop.place.line


PROJECTIONS = {
    "memory forgotten": lambda _: lambda state: (len(state[0]), *state[1:]),
    "half of memory forgotten": lambda _: lambda state: (state[0][: len(state[0]) // 2], *state[1:]),
    "synchronization forgotten": lambda _: lambda state: (state[0], *state[2:]),
    "store buffers forgotten": lambda _: _without(1),
    "order in store buffers forgotten": lambda _: (
        lambda state: (
            *state[:2],
            tuple((one[0], frozenset(one[1]), *one[2:]) for one in state[2]),
            state[3],
        )
    ),
    "who waits forgotten": lambda _: _without(3),
    "a process known by its line": _node_by_line,
    "ranks exchanged": lambda _: lambda state: (*state[:2], tuple(sorted(state[2])), state[3]),
}


@pytest.fixture
def found():
    """Calls the gate seed by seed until it objects; the sentence, or None."""

    def objection(first=0):
        for seed in SEEDS[first:]:
            try:
                sentences = compare.disagreements(seed)
            except Exception as error:  # a fault may well break the explorer: that is an objection, too
                return repr(error)
            if sentences:
                return sentences[0]
        return None

    return objection


@pytest.mark.parametrize("fault", PROJECTIONS)
def test_a_part_of_the_state_left_out_is_noticed(fault, found, monkeypatch):
    successors = Model.successors

    def merged(model, state):
        if not hasattr(model, "met"):
            model.met, model.projected = {}, PROJECTIONS[fault](model)
        return [(move, model.met.setdefault(model.projected(after), after)) for move, after in successors(model, state)]

    monkeypatch.setattr(Model, "successors", merged)
    assert found() is not None


class Forgetful(marks._Quick):
    """Marks with something left out: `forget` changes their parts before they are compared."""

    forget = staticmethod(lambda levels: levels)

    def dump(self, parts):
        levels, *others = parts
        super().dump((self.forget(levels), *others))


def _locals_kept(keep):
    return lambda levels: [
        (code, at, {name: value for name, value in names.items() if keep(name, value)}) for code, at, names in levels
    ]


MARKS = {
    "numbers in local variables forgotten": _locals_kept(lambda _, value: not isinstance(value, int)),
    "iterators forgotten": _locals_kept(lambda name, _: not name.startswith("_shmlab_")),
    "the place in a function forgotten": lambda levels: [(code, names) for code, _, names in levels],
    "callers forgotten": lambda levels: levels[:1],
}


# The first program that shows the fault; all programs before it take a minute, and show nothing.
FIRST_SHOWN_BY = {
    "numbers in local variables forgotten": 176,
    "iterators forgotten": 52,
    "the place in a function forgotten": 1,
    "callers forgotten": 176,
}


@pytest.mark.parametrize("fault", MARKS)
def test_a_part_of_a_mark_left_out_is_noticed(fault, found, monkeypatch):
    monkeypatch.setattr(Forgetful, "forget", staticmethod(MARKS[fault]))
    monkeypatch.setattr(marks, "_Quick", Forgetful)
    assert found(FIRST_SHOWN_BY[fault]) is not None


def test_without_a_fault_nothing_is_noticed(found, monkeypatch):
    """The way the faults are seeded does no harm by itself."""
    monkeypatch.setattr(marks, "_Quick", Forgetful)
    assert not compare.disagreements(0)
