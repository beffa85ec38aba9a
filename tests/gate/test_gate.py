"""The differential gate: the explorer and a naive interpreter, written apart, agree on random programs."""

import collections
import inspect
import statistics

import as_python
import compare
import corpus
import pytest

FEW = 200
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


@pytest.mark.parametrize("programs", [FEW, pytest.param(corpus.PROGRAMS, marks=pytest.mark.gate)])
def test_the_programs_are_worth_it(programs):
    """Large enough, failing often enough, of every sort."""
    drawn = [corpus.draw(seed) for seed in range(programs)]
    assert statistics.median(expected.schedules for _, expected in drawn) >= 500
    assert sum(expected.kind is not None for _, expected in drawn) >= 0.2 * programs
    assert sum(len(data["processes"]) == 3 for data, _ in drawn) >= 0.1 * programs
    sorts = collections.Counter(data["memory"] for data, _ in drawn)
    sorts += collections.Counter(expected.kind for _, expected in drawn)
    sorts += collections.Counter("cyclic" if expected.total is None else "acyclic" for _, expected in drawn)
    due = ["sc", "tso", "pso", None, "invariant", "always", "deadlock", "livelock", "exception", "impossible"]
    assert all(sorts[sort] >= 0.01 * programs for sort in [*due, "cyclic", "acyclic"]), sorts


def test_a_program_has_a_source_to_look_at():
    data, _ = corpus.draw(0)
    for function in as_python.as_program(data).functions:
        assert inspect.getsource(function) in as_python.source(data)
