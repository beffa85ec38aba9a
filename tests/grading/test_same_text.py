"""An answer whose text was judged before gets what that got, and only where its text decides it."""

import dataclasses

import pytest
from graded import ROOT, solved, submission

from shmlab.grading.classroom import judge as judging
from shmlab.grading.classroom.judge import Judge

STEM = "05_lost_updates"
WRONG = "def reserve(hall, lock):\n    hall.free -= 1\n    return True"


@pytest.fixture
def judged(monkeypatch):
    """The items whose checks were run, in order."""
    done = []
    checked = judging._Session._run_check

    def noted(session, check, functions):
        done.append(check.item)
        return checked(session, check, functions)

    monkeypatch.setattr(judging._Session, "_run_check", noted)
    return done


@pytest.fixture
def judge():
    with Judge(ROOT / "solutions") as one:
        yield one


def of(learner, **answers):
    """A notebook in which the costly item is not done."""
    answers = solved(STEM, **answers)
    del answers["write_pair"]
    return submission(STEM, answers, learner)


def scores(result):
    return {item.name: item.score for item in result.items}


def test_the_same_notebook_is_judged_once_and_scores_the_same(judge, judged):
    first, second = judge.judge(of("ada")), judge.judge(of("eve"))
    assert judged == [item.name for item in first.items]
    assert dataclasses.replace(second, learner="ada") == first


def test_a_right_answer_is_found_again_beside_others(judge, judged):
    judge.judge(of("ada"))
    result = judge.judge(of("eve", reserve=WRONG))
    assert judged[3:] == ["reserve", "write_pair"]  # which is not done, and comes after the other text
    assert scores(result)["reserve"] < 3
    assert scores(result) == scores(judge.judge(of("mia", reserve=WRONG)))
    assert len(judged) == 5


def test_a_wrong_answer_is_judged_anew_beside_others(judge, judged):
    judge.judge(of("ada", reserve=WRONG))
    judge.judge(of("eve", reserve=WRONG, worst_schedule="def worst_schedule(processes, rounds):\n    return []"))
    assert judged.count("reserve") == 2


def test_one_judge_can_judge_each_anew(judged):
    with Judge(ROOT / "solutions", each_anew=True) as judge:
        judge.judge(of("ada"))
        judge.judge(of("eve"))
    assert len(judged) == 2 * 3


@pytest.mark.parametrize(
    "reached",
    [
        "helper(hall, lock)",
        "globals()['help' + 'er'](hall, lock)",
        "getattr(__import__('__main__'), 'help' + 'er')(hall, lock)",
        "(lambda: 0).__globals__['help' + 'er'](hall, lock)",
    ],
)
def test_a_helper_in_another_answers_cell_belongs_to_the_text(judge, reached):
    right = "def helper(hall, lock):\n    with lock:\n        if hall.free == 0:\n            return False\n"
    right += "        hall.free -= 1\n        return True\n"
    schedule = solved(STEM)["worst_schedule"]
    mine = f"def reserve(hall, lock):\n    return {reached}"
    alone = scores(judge.judge(of("eve", reserve=mine)))["reserve"]
    for with_it in (f"{schedule}\n\n{right}", schedule):
        with Judge(ROOT / "solutions", each_anew=True) as other:
            expected = scores(other.judge(of("ada", reserve=mine, worst_schedule=with_it)))
        assert scores(judge.judge(of("ada", reserve=mine, worst_schedule=with_it))) == expected
    assert alone == scores(judge.judge(of("eve", reserve=mine)))["reserve"]


@pytest.mark.parametrize(
    "body",
    [
        "    global reserve\n    reserve = None\n",
        "    globals()['reserve'] = None\n",
    ],
)
def test_a_cell_that_reaches_the_answer_belongs_to_its_text(judge, judged, body):
    judge.judge(of("ada"))
    del judged[:]
    spoils = solved(STEM)["worst_schedule"] + f"\n\ndef spoil():\n{body}"
    judge.judge(of("eve", worst_schedule=spoils))
    assert "reserve" in judged


def test_a_cell_that_does_something_belongs_to_the_text(judge, judged):
    judge.judge(of("ada"))
    del judged[:]
    judge.judge(of("eve", worst_schedule=solved(STEM)["worst_schedule"] + "\n\nprint(1)"))
    assert judged == ["worst_schedule", "reserve", "write_pair"]
