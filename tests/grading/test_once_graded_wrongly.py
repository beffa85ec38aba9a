"""Answers that were graded wrongly once get what they deserve, here and in the sandbox, and cost no other a point."""

import pytest
from graded import ROOT, graded, solved, submission
from once_graded_wrongly import ANSWERS, FULL, LESS

from shmlab.grading.classroom.judge import Judge


@pytest.fixture(scope="module")
def judge():
    with Judge(ROOT / "solutions") as one:
        yield one


def is_deserved(item, deserves):
    if deserves == LESS:
        return item.score is not None and item.score < item.points
    return item.score == item.points or (item.score is None and deserves != FULL)


@pytest.mark.parametrize(("stem", "item", "name", "deserves", "text"), ANSWERS, ids=[one[2] for one in ANSWERS])
def test_it_gets_what_it_deserves(stem, item, name, deserves, text, judge):
    here = graded(stem, item, text)
    assert is_deserved(here, deserves), here
    items = {one.name: one for one in judge.judge(submission(stem, solved(stem, **{item: text}))).items}
    there = items.pop(item)
    assert is_deserved(there, deserves), there
    assert all(one.score == one.points for one in items.values())
