"""Exercises of a teacher's own: each mistake in one is named, in one line, and a right one has none."""

import json

import pytest
from click.testing import CliRunner
from graded import ROOT, STEMS

from shmlab.cli.main import main
from shmlab.grading.authoring.lint import faults

SETUP = "from shmlab.grading import Misconception, answers, grade, tutor"
TUTOR = """\
tutor(
    "double",
    hints=["one", "two", "three"],
    misconceptions={"it squares": Misconception("Twice, not squared.").when(lambda seen: seen.got == 9)},
)"""
ANSWER = "def double(number):\n    ### BEGIN SOLUTION\n    return 2 * number\n    ### END SOLUTION"
CHECK = 'grade("double", answers("twice three", lambda: double(3), 6), points=5)'


def cell(grade_id, text, tags=(), **role):
    told = {"grade_id": grade_id, "grade": False, "solution": False, "locked": True, "schema_version": 3} | role
    return {"cell_type": "code", "metadata": {"nbgrader": told, "tags": list(tags)}, "source": text, "outputs": []}


@pytest.fixture
def found(tmp_path):
    """Writes an exercise, right but for what is given; returns its faults as text."""

    def call(*, run=False, **others):
        texts = {"setup": SETUP, "tutor": TUTOR, "answer": ANSWER, "check": CHECK, "points": 5, "tags": ["tutor"]}
        texts |= others
        cells = [
            cell("setup", texts["setup"]),
            cell("tutor_double", texts["tutor"], texts["tags"]),
            cell("answer_double", texts["answer"], solution=True),
            cell("check_double", texts["check"], grade=True, points=texts["points"]),
        ]
        path = tmp_path / "90_own.ipynb"
        path.write_text(json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}))
        return [f"{fault.where}: {fault.sentence}" for fault in faults(path, run=run)]

    return call


def test_a_right_exercise_has_no_fault(found):
    assert found(run=True) == []


@pytest.mark.parametrize("stem", STEMS)
def test_our_own_have_none(stem):
    assert faults(ROOT / "solutions" / f"{stem}.ipynb", run=False) == []


# what -> (what is written, how the fault begins)
WRITTEN = {
    "no Python in a check": ({"check": CHECK + "\n)"}, "check_double: line 2 is no Python: unmatched ')'"),
    "no Python in an answer": ({"answer": ANSWER + "\n  x"}, "answer_double: line 5 is no Python: unindent"),
    "points that differ": (
        {"points": 6},
        "check_double: points=5 here, and 6 in the cell's metadata: make them one",
    ),
    "another item in grade": (
        {"check": CHECK.replace('"double"', '"twice"')},
        "check_double: grade says 'twice': call the cell check_twice, or the item 'double'",
    ),
    "another item in tutor": (
        {"tutor": TUTOR.replace('"double"', '"doubled"')},
        "tutor_double: tutor says 'doubled', and no item is called so: there is double",
    ),
    "no tutor": ({"tutor": "pass"}, "check_double: no tutor cell has hints for it"),
    "too few hints": ({"tutor": TUTOR.replace(', "three"', "")}, "tutor_double: 2 hints: give 3"),
    "a tutor without its tag": ({"tags": []}, "tutor_double: it calls tutor, and has not the tag 'tutor'"),
    "a misconception that raises": (
        {"tutor": TUTOR.replace("seen.got == 9", "sen.got == 9")},
        "tutor_double: the misconception 'it squares' raises NameError: name 'sen' is not defined",
    ),
    "a tutor cell that raises": ({"tutor": TUTOR + "\n1 / 0"}, "tutor_double: running it raised ZeroDivisionError"),
    "two calls of grade": ({"check": f"{CHECK}\n{CHECK}"}, "check_double: it calls grade 2 times"),
    "a check of nothing": (
        {"check": CHECK.replace("double(3)", "6")},
        "answer_double: no check uses double: it would have no points",
    ),
    "no marks": (
        {"answer": "def double(number):\n    return 2 * number"},
        "answer_double: no ### BEGIN SOLUTION and ### END SOLUTION: learners would lose all",
    ),
}


@pytest.mark.parametrize("what", WRITTEN)
def test_what_is_written_wrongly_is_named(what, found):
    texts, words = WRITTEN[what]
    assert [fault for fault in found(**texts) if fault.startswith(words)], found(**texts)


GRADED = {
    "a wrong solution": (
        {"answer": ANSWER.replace("2 *", "3 *")},
        "90_own, the solution: double has 0 points, and must have all of its 5 (twice three",
    ),
    "a check that lets all pass": (
        {"check": CHECK.replace("6)", "6, same=lambda got, expected: True)")},
        "check_double: an answer that does nothing has all points",
    ),
}


@pytest.mark.parametrize("what", GRADED)
def test_what_only_grading_shows_is_named(what, found):
    texts, words = GRADED[what]
    assert [fault for fault in found(**texts, run=True) if fault.startswith(words)], found(**texts, run=True)


def test_the_command_says_them_and_its_exit_code_tells(found, tmp_path):
    found(points=6)
    done = CliRunner().invoke(main, ["lint", str(tmp_path / "90_own.ipynb")])
    assert done.exit_code == 1
    assert done.output == (
        f"{tmp_path / '90_own.ipynb'}: check_double: points=5 here, and 6 in the cell's metadata: make them one\n"
    )
    found()
    done = CliRunner().invoke(main, ["lint", "--without-grading", str(tmp_path / "90_own.ipynb")])
    assert (done.exit_code, done.output) == (0, "Nothing is wrong.\n")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"cells": 3}', '{"cells": [{}]}'])
def test_no_notebook_is_said(text, tmp_path):
    (tmp_path / "x.ipynb").write_text(text)
    (fault,) = faults(tmp_path / "x.ipynb")
    assert (fault.where, fault.sentence.partition(":")[0]) == ("x.ipynb", "it is no exercise")
