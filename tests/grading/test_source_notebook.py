"""The source notebook: what its cells are for, which answers a check uses, and what a teacher is told of faults."""

import linecache
import traceback

import pytest
from graded import STEMS, source

from shmlab.grading.submissions.source_notebook import (
    ANSWER,
    CHECK,
    GIVEN,
    TUTOR,
    defined_in,
    remember_lines,
    solutions_in,
    source_of,
)


def cell(text, grade_id="x", *tags, **role):
    told = {"grade": False, "solution": False, "locked": True, "grade_id": grade_id, "task": False} | role
    return {"cell_type": "code", "source": text, "metadata": {"nbgrader": told, "tags": list(tags)}}


WORDS = {"cell_type": "markdown", "source": "# Exercises", "metadata": {}}
NOTEBOOK = [
    WORDS,
    cell(["import ctypes\n", "y = 1"], "setup"),
    cell('tutor("f", hints=[])', "tutor_f", "tutor"),
    cell("def f(): ...\nz = 1", "answer_f", solution=True, locked=False),
    cell("def made():\n    return lambda: f\ngrade('f', made, points=2)", "check_f", grade=True, points=2),
    cell("class g: ...", "answer_g", solution=True, locked=False),
    cell("grade('g', lambda: (g, z, y), points=1)", "check_g", grade=True, points=1),
]


def test_roles_points_and_names():
    source = source_of({"cells": NOTEBOOK}, "exercise")
    assert source.stem == "exercise"
    assert [(one.grade_id, one.role, one.points, one.names) for one in source.cells] == [
        ("setup", GIVEN, 0.0, ()),
        ("tutor_f", TUTOR, 0.0, ()),
        ("answer_f", ANSWER, 0.0, ("f", "z")),
        ("check_f", CHECK, 2.0, ("f",)),  # found in a function within a function
        ("answer_g", ANSWER, 0.0, ("g",)),
        ("check_g", CHECK, 1.0, ("g", "z")),
    ]
    assert [one.item for one in source.of_role(CHECK)] == ["f", "g"]
    assert [one.grade_id for one in source.of_role(TUTOR, GIVEN)] == ["setup", "tutor_f"]


def test_what_the_parent_runs_is_compiled_and_can_be_shown():
    setup, _, answer, *_ = source_of({"cells": NOTEBOOK}, "exercise").cells
    assert answer.code is None
    space = {}
    exec(setup.code, space)
    assert space["y"] == 1
    assert linecache.getline("<exercise setup>", 2) == "y = 1"


def test_a_check_inherits_nothing_of_this_package():
    (check,) = source_of({"cells": [cell("def f(a: b): ...", grade=True, points=1)]}, "exercise").cells
    with pytest.raises(NameError, match="'b' is not defined"):
        exec(check.code, {})


FAULTS = {
    "no metadata": ([WORDS, {"cell_type": "code", "source": "x"}], "exercise, cell 2 has no metadata of nbgrader"),
    "none of nbgrader": ([{"cell_type": "code", "source": "x", "metadata": {"tags": []}}], "exercise, cell 1 has no"),
    "no name": ([cell("x", "")], "exercise, cell 1 has no metadata of nbgrader: each code cell is given, an answer"),
    "one name twice": ([cell("x", "a"), cell("y", "a")], "exercise has several cells with the grade_id a: each needs"),
}


@pytest.mark.parametrize("what", FAULTS)
def test_faults_of_a_source_are_named(what):
    cells, words = FAULTS[what]
    with pytest.raises(ValueError, match=words):
        source_of({"cells": cells}, "exercise")


DEFINED = {
    "def f(): ...\nasync def g(): ...\nclass H: ...": {"f", "g", "H"},
    "a = b = 1\nc[0] = d.e = 2": {"a", "b"},
    "def f():\n    def inner(): ...\nif f:\n    def g(): ...": {"f"},
    "import os": set(),
    "": set(),
    "def f(:": set(),
    "%%writefile x\nf = 1": set(),
    "f = 1\0": set(),
    "(" * 100_000: set(),
    "-" * 100_000 + "1": set(),
    "x = '\\d'\nassert (x, 1)": {"x"},  # what Python warns of is not for whoever grades
}


@pytest.mark.parametrize("text", DEFINED, ids=lambda text: repr(text[:20]))
def test_names_that_a_cell_defines(text):
    assert defined_in(text) == DEFINED[text]


def test_remembered_lines_are_shown_in_tracebacks():
    text = "def f():\n    return missing\n"
    remember_lines("<a cell of this test>", text)
    space = {}
    exec(compile(text, "<a cell of this test>", "exec"), space)
    with pytest.raises(NameError) as caught:
        space["f"]()
    assert "    return missing\n" in "".join(traceback.format_exception(caught.value))


def test_the_solutions_in_a_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="has no notebooks: give the folder of the solutions"):
        solutions_in(tmp_path)
    (tmp_path / "b.ipynb").write_bytes(b"2")
    (tmp_path / "a.ipynb").write_bytes(b"1")
    (tmp_path / "notes.txt").write_bytes(b"3")
    assert list(solutions_in(tmp_path).items()) == [("a", b"1"), ("b", b"2")]


def test_each_cell_of_all_exercises_is_shown_with_its_own_lines():
    """Also where two exercises have cells of one grade_id."""
    for cell in (cell for stem in STEMS for cell in source(stem).cells if cell.code is not None):
        assert "".join(linecache.getlines(cell.code.co_filename)).rstrip("\n") == cell.text.rstrip("\n")
