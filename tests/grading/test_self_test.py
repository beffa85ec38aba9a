"""A host that judges wrongly what is known is found out, and nothing is graded there."""

import contextlib
import json

import pytest
from graded import ROOT, STEMS
from judges import Blind, TellsSeed

from shmlab.cli import doctor
from shmlab.grading.authoring.release import released
from shmlab.grading.classroom import batch, self_test
from shmlab.grading.classroom.records import Records
from shmlab.grading.classroom.self_test import STUB, Passed, Untrusted, check, known_submissions
from shmlab.grading.results import NOT_JUDGED, ItemResult, SubmissionResult
from shmlab.grading.submissions.source_notebook import solutions_in

STEM = "05_lost_updates"
SOLUTIONS = solutions_in(ROOT / "solutions")


def results(solution=(3.0, 4.0), untouched=(0.0, 0.0), notes=()):
    """The results of a self-test, with these scores; None: not judged."""
    return [
        SubmissionResult(
            learner,
            STEM,
            tuple(
                ItemResult(name, points, score, NOT_JUDGED if score is None else "right", note="ended by a timer")
                for name, points, score in zip(("reserve", "pair"), (3.0, 4.0), scores, strict=True)
            ),
            notes,
        )
        for learner, scores in (("the solution", solution), ("the untouched exercise", untouched))
    ]


def test_this_host_passes():
    judged = list(batch.grade(known_submissions(SOLUTIONS, [STEM]), SOLUTIONS, jobs=1))
    assert {(one.learner, one.score) for one in judged} == {("the solution", 10), ("the untouched exercise", 0)}
    check(judged)


FAULTS = {
    "less than all": (results((3.0, 3.5)), "the solution: pair has 3.5 points, and must have all of its 4"),
    "more than none": (
        results(untouched=(0.5, 0.0)),
        "untouched exercise: reserve has 0.5 points, and must have none of",
    ),
    "not judged": (results((3.0, None)), f"{STEM}, the solution: not judged: pair: ended by a timer"),
    "an untouched one not judged": (
        results(untouched=(None, 0.0)),
        "untouched exercise: not judged: reserve: ended by",
    ),
}


@pytest.mark.parametrize("what", FAULTS)
def test_what_is_not_as_it_must_be_is_named(what):
    found, words = FAULTS[what]
    with pytest.raises(Untrusted) as caught:
        check(found)
    assert words in str(caught.value)
    assert str(caught.value).startswith("nothing was graded: this host cannot be trusted")


def test_missing_namespaces_are_handed_on():
    assert check(results()) == ""
    missing_walls = check(results(notes=("without walls: this host forbids namespaces (1); only process groups",)))
    assert missing_walls == "this host forbids namespaces (1); only process groups"
    assert self_test.unprotected(missing_walls).startswith("WITHOUT WALLS: this host forbids namespaces (1)")


def test_what_passed_is_remembered_on_this_host_only(monkeypatch):
    with contextlib.closing(Records(":memory:")) as records:
        good, bad = results()[0], results((0.0, 0.0))[0]
        Passed(records).keep("a", good)
        Passed(records).keep("b", bad)
        assert Passed(records).get("a") == good
        assert Passed(records).get("b") is None
        assert records.get("a") is None  # no submission has that key
        monkeypatch.setattr(self_test.os, "geteuid", lambda: 4711)
        assert Passed(records).get("a") is None
    assert Passed(None).get("a") is None
    Passed(None).keep("a", good)


@pytest.mark.parametrize("stem", STEMS)
def test_what_is_handed_out_is_what_nbgrader_makes(stem):
    ours = json.loads(self_test.untouched(SOLUTIONS[stem], stem))["cells"]
    theirs = json.loads(released(ROOT / "solutions" / f"{stem}.ipynb"))["cells"]
    assert ["".join(cell["source"]) for cell in ours] == ["".join(cell["source"]) for cell in theirs]
    assert any(STUB in "".join(cell["source"]) for cell in ours)
    assert self_test.stubbed("def f(): ...") == STUB


def test_the_doctor_says_it(monkeypatch, tmp_path):
    assert doctor.grading(tmp_path) == []
    (tmp_path / f"{STEM}.ipynb").write_bytes(SOLUTIONS[STEM])
    (fact,) = doctor.grading(tmp_path)
    assert fact.value is True
    assert fact.sentence.startswith(f"The self-test of grading passed, of {STEM}")
    grade = batch.grade
    monkeypatch.setattr(batch, "grade", lambda *given, **others: grade(*given, **others, make_judge=Blind))
    (fact,) = doctor.grading(tmp_path)
    assert (fact.value, fact.sentence) == (False, "This host cannot be trusted to grade.")
    assert "the solution: worst_schedule has 0 points" in fact.advice


def test_the_seed_reaches_every_judge():
    told = batch.grade(known_submissions(SOLUTIONS, [STEM]), SOLUTIONS, jobs=1, seed=7, make_judge=TellsSeed)
    assert {one.notes for one in told} == {("7",)}
