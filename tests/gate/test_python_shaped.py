"""Random programs of the kind that people write, counted with the merging of histories and without."""

import pytest
from cells import counted_both_ways
from python_shaped import source

SHARED = {"x": 0, "y": 0, "z": 0}
ALL, EACH = 2000, 50


def disagreements(seeds):
    """The texts of programs that are counted differently when histories meet."""
    return [
        text for text in map(source, seeds) for merged, apart in [counted_both_ways(text, SHARED)] if merged != apart
    ]


@pytest.mark.parametrize("first", range(0, 150, EACH))
def test_merging_changes_nothing(first):
    assert disagreements(range(first, first + EACH)) == []


@pytest.mark.gate
@pytest.mark.parametrize("first", range(150, ALL, EACH))
def test_merging_changes_nothing_in_the_rest(first):
    assert disagreements(range(first, first + EACH)) == []


def test_programs_are_random():
    assert len(set(map(source, range(ALL)))) > ALL / 2
