"""The differential gate: the explorer and a naive interpreter, written apart, agree on random programs."""

import collections
import statistics

import compare
import corpus
import pytest

FEW = 300
CHUNK = 20


def _agree(seeds):
    found = [sentence for seed in seeds for sentence in compare.disagreements(seed)]
    assert not found, "\n".join(found)


def _chunks(first, last):
    return [range(start, min(start + CHUNK, last)) for start in range(first, last, CHUNK)]


@pytest.mark.parametrize("seeds", _chunks(0, FEW), ids=str)
def test_the_explorer_agrees_with_naive_enumeration(seeds):
    _agree(seeds)


@pytest.mark.gate
@pytest.mark.parametrize("seeds", _chunks(FEW, corpus.PROGRAMS), ids=str)
def test_the_explorer_agrees_on_all_programs(seeds):
    _agree(seeds)


@pytest.mark.gate
def test_the_programs_are_worth_it():
    """Large enough, failing often enough, of every sort."""
    programs = [corpus.draw(seed) for seed in range(corpus.PROGRAMS)]
    assert statistics.median(expected.schedules for _, expected in programs) >= 500
    assert sum(expected.kind is not None for _, expected in programs) >= 0.2 * len(programs)
    assert sum(len(data["processes"]) == 3 for data, _ in programs) >= 0.1 * len(programs)
    sorts = collections.Counter(data["memory"] for data, _ in programs)
    sorts += collections.Counter(expected.kind for _, expected in programs)
    sorts += collections.Counter("cyclic" if expected.total is None else "acyclic" for _, expected in programs)
    due = ["sc", "tso", "pso", None, "invariant", "always", "deadlock", "livelock", "exception", "impossible"]
    assert all(sorts[sort] >= 0.02 * len(programs) for sort in [*due, "cyclic", "acyclic"]), sorts
