"""What a notebook is, whatever it is called: the lesson and another exercise are not judged as this one."""

import json

import pytest
from graded import ROOT, STEMS, solved, source, submitted

from shmlab.grading.classroom.judge import Judge
from shmlab.grading.classroom.rows import Row, remarks
from shmlab.grading.submissions import submitted_notebook
from shmlab.grading.submissions.find import Submission, find
from shmlab.grading.submissions.recognize import Library, lessons_in

STEM, OTHER = "05_lost_updates", "06_semaphores_and_mutexes"
LIBRARY = Library({stem: source(stem) for stem in STEMS}, lessons_in(ROOT / "notebooks"))


def lesson(stem):
    return (ROOT / "notebooks" / f"{stem}.ipynb").read_bytes()


def without_metadata(data):
    cells = json.loads(data)
    for cell in cells["cells"]:
        cell["metadata"] = {}
    return json.dumps(cells).encode()


def of(*texts):
    """A notebook of such cells."""
    cells = [{"cell_type": "code", "metadata": {}, "source": text} for text in texts]
    return json.dumps({"cells": cells, "nbformat": 4}).encode()


@pytest.mark.parametrize("stem", STEMS)
def test_an_exercise_is_what_it_is(stem):
    for data in (submitted(stem, {}), submitted(stem, solved(stem)), without_metadata(submitted(stem, solved(stem)))):
        assert LIBRARY.problem(data, stem) == ""
        assert LIBRARY.exercise_of(submitted_notebook.read(data)) == stem


@pytest.mark.parametrize("stem", [stem for stem in STEMS if stem in LIBRARY.lessons])
def test_a_lesson_is_no_exercise(stem):
    words = f"this is the lesson {stem}, and not an exercise"
    for named in (stem, STEM, ""):
        assert LIBRARY.problem(lesson(stem), named) == words
    assert LIBRARY.exercise_of(submitted_notebook.read(lesson(stem))) == ""


@pytest.mark.parametrize("stem", [stem for stem in STEMS if stem != STEM])
def test_another_exercise_is_named(stem):
    words = f"this looks like {stem}, and its name says {STEM}"
    assert LIBRARY.problem(submitted(stem, solved(stem)), STEM) == words


DOUBTS = {
    "a holiday": (
        of("import os", "print('holiday')"),
        f"it has no cell of {STEM}, and defines none of its functions",
    ),
    "a lost 06": (without_metadata(submitted(OTHER, solved(OTHER))), f"none of its functions: it looks like {OTHER}"),
    "the function alone": (of("def reserve(hall, lock):\n    return True"), ""),
    "no cells": (of(), ""),
    "blank cells": (of("", "  \n"), ""),
    "damaged": (b"{", ""),
}


@pytest.mark.parametrize("what", DOUBTS)
def test_doubts(what):
    data, words = DOUBTS[what]
    problem = LIBRARY.problem(data, STEM)
    assert words in problem
    assert bool(problem) == bool(words)


def test_a_learner_who_kept_one_check_and_wrote_all_else_anew_is_judged():
    data = json.loads(submitted(STEM, {}))
    data["cells"] = [cell for cell in data["cells"] if cell["metadata"].get("nbgrader", {}).get("grade")][:1]
    assert LIBRARY.problem(json.dumps(data).encode(), STEM) == ""


def test_a_wrong_file_is_found_with_its_remark_and_without_its_bytes(tmp_path):
    for learner, name, data in (
        ("ada", STEM, submitted(STEM, {})),
        ("bob", STEM, lesson(STEM)),
        ("dan", STEM, submitted(OTHER, {})),
        ("eve", "homework", lesson(OTHER)),
    ):
        (tmp_path / learner).mkdir()
        (tmp_path / learner / f"{name}.ipynb").write_bytes(data)
    found = [entry.submission() for entry in find([tmp_path], LIBRARY.sources, LIBRARY.lessons)]
    assert [(one.learner, one.exercise, one.data is None) for one in found] == [
        ("ada", STEM, False), ("bob", STEM, True), ("dan", STEM, True), ("eve", "", True),
    ]  # fmt: skip
    assert [one.problem.partition(",")[0] for one in found] == [
        "", f"this is the lesson {STEM}", f"this looks like {OTHER}", f"this is the lesson {OTHER}",
    ]  # fmt: skip


def test_each_item_of_a_wrong_file_says_what_it_is():
    why = f"this is the lesson {STEM}, and not an exercise"
    with Judge(ROOT / "solutions") as judge:
        result = judge.judge(Submission("bob", STEM, "bob.ipynb", None, why))
    assert {item.note for item in result.items} == {why}
    assert not result.judged
    assert remarks(Row(result)) == [("not judged", why)]


def test_a_folder_without_lessons_has_none(tmp_path):
    assert lessons_in(tmp_path / "none") == {}
