"""`shmlab course`, and nbgrader itself on what it lays out: the exercises that we have, and the scores that we give."""

import csv
import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner
from graded import ROOT, STEMS
from sample import CLASS, FOLDER, write

from shmlab.cli.main import main
from shmlab.grading.authoring import course
from shmlab.grading.submissions.source_notebook import is_tutor

SOLUTIONS = str(ROOT / "solutions")


def shmlab(*arguments):
    return CliRunner().invoke(main, [*map(str, arguments), "--solutions", SOLUTIONS])


def files(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def source(stem):
    return f"source/{stem}/{stem}.ipynb"


def test_a_course_has_a_configuration_and_a_source_for_each_exercise(tmp_path):
    done = shmlab("course", tmp_path / "course")
    assert done.exit_code == 0, done.output
    assert set(files(tmp_path / "course")) == {"nbgrader_config.py", *map(source, STEMS)}
    assert "\nNext:\n" in done.output


@pytest.mark.parametrize("stem", STEMS)
def test_a_source_is_its_solution_with_no_outputs_but_hints(stem, tmp_path):
    shmlab("course", tmp_path)
    made, solution = (
        json.loads(path.read_text())["cells"]
        for path in (tmp_path / source(stem), ROOT / "solutions" / f"{stem}.ipynb")
    )
    assert [cell["source"] for cell in made] == [cell["source"] for cell in solution]
    codes = [(cell, of) for cell, of in zip(made, solution, strict=True) if cell["cell_type"] == "code"]
    assert any(cell["outputs"] for cell, _ in codes)
    assert all(cell["outputs"] == (of["outputs"] if is_tutor(of) else []) for cell, of in codes)


def test_exercises_can_be_named_and_come_one_after_the_other(tmp_path):
    first, second = STEMS[:2]
    done = shmlab("course", tmp_path, first)
    assert set(files(tmp_path)) == {"nbgrader_config.py", source(first)}
    assert f"generate_assignment {first} " in done.output
    before = files(tmp_path)
    done = shmlab("course", tmp_path, second)
    assert done.exit_code == 0, done.output
    assert files(tmp_path) == before | {source(second): (tmp_path / source(second)).read_text()}


@pytest.mark.parametrize("name", ["nbgrader_config.py", source(STEMS[-1])])
def test_nothing_is_written_over(name, tmp_path):
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text("my own")
    done = shmlab("course", tmp_path)
    assert done.exit_code == 1
    assert f"{tmp_path / name}: this is there already, and nothing was written: give another folder" in done.output
    assert files(tmp_path) == {name: "my own"}


def test_a_link_that_leads_nowhere_is_not_written_through(tmp_path):
    (tmp_path / "course").mkdir()
    (tmp_path / "course" / "nbgrader_config.py").symlink_to(tmp_path / "elsewhere")
    assert "is there already" in shmlab("course", tmp_path / "course").output
    assert not (tmp_path / "elsewhere").exists()


def test_bad_use_is_told_with_the_cure(tmp_path):
    for arguments, words in (
        ([tmp_path, "99_nothing"], f"has no 99_nothing: there is {', '.join(STEMS)}"),
        ([tmp_path, "--solutions", str(tmp_path)], "has no notebooks: give the folder of the solutions (--solutions)"),
        ([ROOT / "README.md"], "is a file"),
    ):
        done = CliRunner().invoke(main, ["course", "--solutions", SOLUTIONS, *map(str, arguments)])
        assert done.exit_code != 0
        assert words in done.output
    assert files(tmp_path) == {}


def test_without_nbgrader_the_cure_is_told(tmp_path, monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "nbgrader" else found(name, *rest)
    )
    done = shmlab("course", tmp_path / "course")
    assert done.exit_code == 1
    assert "pip install 'shmlab[teach]'" in done.output
    assert not (tmp_path / "course").exists()


def test_a_program_that_the_shell_would_not_find_is_told_with_its_path(monkeypatch, tmp_path):
    mine = pathlib.Path(sys.executable).with_name("nbgrader")
    monkeypatch.setenv("PATH", str(mine.parent))
    assert course.next_steps("a course", ["x"])[:2] == [
        "cd 'a course'",
        "nbgrader generate_assignment x  # makes release/: hand it out",
    ]
    monkeypatch.setenv("PATH", str(tmp_path))
    assert course.next_steps("course")[-1] == f"{mine} export  # makes grades.csv"


def test_asking_release_for_help_writes_nothing(tmp_path):
    for name in ("solutions", "exercises"):
        (tmp_path / name).mkdir()
    shutil.copy(ROOT / "solutions" / f"{STEMS[0]}.ipynb", tmp_path / "solutions")
    command = [sys.executable, "-m", "shmlab.grading.authoring.release"]
    for options, written in ((["--help"], []), (["solutions", "exercises"], [f"{STEMS[0]}.ipynb"])):
        done = subprocess.run([*command, *options], cwd=tmp_path, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        assert [path.name for path in (tmp_path / "exercises").iterdir()] == written


# nbgrader itself

# In a process of its own: what nbgrader and its libraries warn of is not our fault.
GRADEBOOK = """
import json, sys
from nbgrader.api import Gradebook
with Gradebook(f"sqlite:///{sys.argv[1]}", "shmlab") as book:
    rows = [
        (one.student.id, stem, grade.name, grade.score)
        for stem in sys.argv[2:]
        for one in book.notebook_submissions(stem, stem)
        for grade in one.grades
    ]
print(json.dumps(rows))
"""


@pytest.fixture
def told_steps(tmp_path, monkeypatch):
    """Lays a course out; gives its folder, and what runs one of the commands that were told, as a shell would."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))  # neither the kernels nor the settings of whoever runs this
    for name in [name for name in os.environ if name.startswith(("JUPYTER", "IPYTHON"))]:
        monkeypatch.delenv(name)
    folder = tmp_path / "course"
    told = shmlab("course", folder).output.partition("Next:")[2].strip().splitlines()

    def step(verb):
        (line,) = [line for line in told if f"nbgrader {verb} " in line]
        done = subprocess.run(f"{told[0]} && {line}", shell=True, capture_output=True, text=True, timeout=1800)
        assert done.returncode == 0, done.stderr

    return folder, step


def test_nbgrader_makes_our_exercises_and_gives_our_scores(told_steps, tmp_path):
    folder, step = told_steps
    step("generate_assignment")
    for stem in STEMS:
        assert (folder / "release" / stem / f"{stem}.ipynb").read_bytes() == _exercise(stem)
    partly_right = {("hugo", "05_lost_updates"), ("dana", "06_semaphores_and_mutexes")}  # and a cell that fails
    for learner, stem in partly_right:
        shutil.copytree(FOLDER / learner / stem, folder / "submitted" / learner / stem)
    step("autograde")
    scores = _by_nbgrader(folder)
    assert {(learner, stem) for learner, stem, _ in scores} == partly_right
    assert any(score % 1 for score in scores.values())  # a part of the points is a part for both
    step("generate_feedback")
    for learner, stem in partly_right:
        page = (folder / "feedback" / learner / stem / f"{stem}.html").read_text()
        assert "Hint 1 for" in page
        assert "misconceptions" not in page  # the code of a tutor cell, which has all hints at once
    assert scores == _by_shmlab(folder, tmp_path)


@pytest.mark.stress
def test_nbgrader_gives_the_whole_class_our_scores(told_steps, tmp_path):
    folder, step = told_steps
    shutil.copytree(FOLDER, folder / "submitted")
    for verb in ("generate_assignment", "autograde", "generate_feedback", "export"):
        step(verb)
    scores = _by_nbgrader(folder)
    assert scores == _by_shmlab(folder, tmp_path)
    assert {(learner, stem) for learner, stem, _ in scores} == _handed_in()
    assert all((folder / "feedback" / learner / stem / f"{stem}.html").exists() for learner, stem in _handed_in())
    (their_columns, theirs), (columns, ours) = (_rows(path / "grades.csv") for path in (folder, tmp_path))
    assert columns[: len(their_columns)] == their_columns
    assert {key: theirs[key] for key in ours} == ours  # it has a line of 0 for what was not handed in


def _exercise(stem):
    return (ROOT / "exercises" / f"{stem}.ipynb").read_bytes()


def _handed_in():
    return {(learner, stem) for learner, exercises in CLASS.items() for stem in exercises}


def _by_nbgrader(folder):
    """(learner, exercise, item) -> score, from its gradebook."""
    command = [sys.executable, "-c", GRADEBOOK, str(folder / "gradebook.db"), *STEMS]
    rows = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=120).stdout)
    return {(learner, stem, cell.removeprefix("check_")): score for learner, stem, cell, score in rows}


def _by_shmlab(folder, tmp_path):
    """The same from `shmlab grade`, of the same files."""
    done = shmlab("grade", folder, "--csv", tmp_path / "grades.csv", "--gradescope", tmp_path / "items")
    assert done.exit_code == 0, done.output
    return {
        (path.stem, *test["name"].split(": ")): test["score"]
        for path in (tmp_path / "items").iterdir()
        for test in json.loads(path.read_text())["tests"]
    }


def _rows(path):
    """(the columns of a CSV, its scores: (learner, exercise) -> (score, of))."""
    with open(path, newline="") as stream:
        reader = csv.DictReader(stream)
        scores = {
            (row["student_id"], row["assignment"]): (float(row["score"]), float(row["max_score"])) for row in reader
        }
    return reader.fieldnames, scores


# the sample class


def test_the_sample_class_is_as_it_is_made(tmp_path):
    assert {path.relative_to(tmp_path) for path in write(tmp_path)} == {
        path.relative_to(FOLDER) for path in FOLDER.rglob("*") if path.is_file()
    }
    assert files(tmp_path) == files(FOLDER)
