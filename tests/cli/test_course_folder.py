"""The learner's copy of the course: what is copied, what a new version replaces, and what it must never touch."""

import itertools
import json
import os
import pathlib
import re
import stat
import sys

import pytest

from shmlab.base import root
from shmlab.cli import course_folder, lab_command

ROOT = pathlib.Path(__file__).parents[2]
LESSON, EXERCISE = "notebooks/00_start_here.ipynb", "exercises/00_start_here.ipynb"
TABLE = "exercises/what_is_exercised.md"


def notebook(*sources, outputs=()):
    """The text of a notebook of these cells, all with these outputs."""
    cells = [{"cell_type": "code", "source": source, "outputs": list(outputs)} for source in sources]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def written(folder, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def origin(tmp_path):
    """The first version of a course of three files, and what does not belong to it."""
    files = {LESSON: notebook("lesson 1"), EXERCISE: notebook("not done yet"), TABLE: "a table"}
    return written(tmp_path / "origin", {**files, "notebooks/race.png": "a picture", "solutions/00.ipynb": "secret"})


@pytest.fixture
def folder(tmp_path, origin):
    """A course folder into which the first version was copied."""
    course_folder.update(tmp_path / "course", origin)
    return tmp_path / "course"


def texts(folder):
    paths = (path for path in folder.rglob("*") if path.is_file() and path.name != course_folder.RECORD)
    return {path.relative_to(folder).as_posix(): path.read_text() for path in paths}


def test_lessons_and_exercises_are_copied_and_nothing_else(tmp_path, origin):
    changes = course_folder.update(tmp_path / "new" / "course", origin)
    assert set(texts(tmp_path / "new" / "course")) == {LESSON, EXERCISE, TABLE} == set(changes.created)
    assert changes.lines("course") == ["Copied 3 files into course: it is yours to write in."]


def test_a_lesson_is_copied_without_what_it_shows_and_exercises_keep_their_hints(tmp_path, origin):
    stored = notebook("lesson", outputs=["what comes of it"])
    written(origin, {LESSON: stored, EXERCISE: stored})
    course_folder.update(tmp_path / "course", origin)
    (cell,) = json.loads(texts(tmp_path / "course")[LESSON])["cells"]
    assert (cell["source"], cell["outputs"], cell["execution_count"]) == ("lesson", [], None)
    assert texts(tmp_path / "course")[EXERCISE] == stored
    assert texts(origin)[LESSON] == stored
    written(origin, {LESSON: notebook("lesson, better", outputs=["what comes of it"])})
    assert course_folder.update(tmp_path / "course", origin).updated == [LESSON]
    assert json.loads(texts(tmp_path / "course")[LESSON])["cells"][0]["outputs"] == []


def test_the_same_version_again_changes_nothing(folder, origin):
    written(folder, {LESSON: notebook("lesson 1", outputs=["mine"]), EXERCISE: notebook("my answer")})
    before = texts(folder)
    changes = course_folder.update(folder, origin)
    assert changes.lines("course") == []
    assert texts(folder) == before


def test_a_new_version_replaces_what_was_only_run(folder, origin):
    written(folder, {LESSON: notebook("lesson 1", outputs=["mine"])})
    written(origin, {LESSON: notebook("lesson 1, better"), TABLE: "a longer table"})
    changes = course_folder.update(folder, origin)
    assert texts(folder)[LESSON] == notebook("lesson 1, better")
    assert texts(folder)[TABLE] == "a longer table"
    assert changes.lines("course") == [f"Updated 2 files that you had not changed: {LESSON}, {TABLE}."]
    assert course_folder.update(folder, origin) == course_folder.Changes()


def test_what_was_written_stays_and_the_new_version_lies_beside_it(folder, origin):
    written(folder, {EXERCISE: notebook("my answer"), TABLE: "my own table"})
    written(origin, {EXERCISE: notebook("not done yet, please"), TABLE: "a longer table"})
    (line,) = course_folder.update(folder, origin).lines("course")
    assert line == (
        "Kept what you have changed, with the new version beside it: "
        f"{EXERCISE} (new: 00_start_here.new.ipynb), {TABLE} (new: what_is_exercised.new.md)."
    )
    assert texts(folder) == {
        LESSON: notebook("lesson 1"),
        EXERCISE: notebook("my answer"),
        "exercises/00_start_here.new.ipynb": notebook("not done yet, please"),
        TABLE: "my own table",
        "exercises/what_is_exercised.new.md": "a longer table",
    }
    assert course_folder.update(folder, origin) == course_folder.Changes()  # said once


def test_one_version_after_another_never_touches_an_answer(folder, origin):
    written(folder, {EXERCISE: notebook("my answer")})
    for version in ("second", "third"):
        written(origin, {EXERCISE: notebook(version)})
        course_folder.update(folder, origin)
        assert texts(folder)["exercises/00_start_here.new.ipynb"] == notebook(version)
    written(folder, {"exercises/00_start_here.new.ipynb": notebook("my answer to the third")})
    written(origin, {EXERCISE: notebook("fourth")})
    changes = course_folder.update(folder, origin)
    assert changes.beside == {EXERCISE: "exercises/00_start_here.new2.ipynb"}
    found = texts(folder)
    assert found[EXERCISE] == notebook("my answer")
    assert found["exercises/00_start_here.new.ipynb"] == notebook("my answer to the third")
    assert found["exercises/00_start_here.new2.ipynb"] == notebook("fourth")


def test_a_new_version_whose_cells_are_the_old_ones_is_not_laid_beside_an_answer(folder, origin):
    written(folder, {EXERCISE: notebook("my answer")})
    written(origin, {EXERCISE: notebook("not done yet", outputs=["drawn anew"])})
    assert course_folder.update(folder, origin) == course_folder.Changes()
    assert texts(folder)[EXERCISE] == notebook("my answer")


def test_an_answer_that_became_the_new_version_is_untouched_again(folder, origin):
    written(folder, {EXERCISE: notebook("second")})
    written(origin, {EXERCISE: notebook("second")})
    assert course_folder.update(folder, origin) == course_folder.Changes()
    written(origin, {EXERCISE: notebook("third")})
    assert course_folder.update(folder, origin).updated == [EXERCISE]


def test_a_deleted_file_comes_back(folder, origin):
    (folder / LESSON).unlink()
    assert course_folder.update(folder, origin).created == [LESSON]
    assert texts(folder)[LESSON] == notebook("lesson 1")


def test_without_a_record_everything_that_differs_counts_as_written(folder, origin):
    (folder / course_folder.RECORD).unlink()
    written(folder, {EXERCISE: notebook("my answer"), LESSON: "{ no notebook"})
    changes = course_folder.update(folder, origin)
    assert set(changes.beside) == {EXERCISE, LESSON}
    assert texts(folder)[EXERCISE] == notebook("my answer")
    assert texts(folder)[LESSON] == "{ no notebook"


def test_what_left_the_course_stays_and_is_said_once(folder, origin):
    (origin / LESSON).unlink()
    (line,) = course_folder.update(folder, origin).lines("course")
    assert line == f"No longer part of the course, and left where it is: {LESSON}."
    assert texts(folder)[LESSON] == notebook("lesson 1")
    assert course_folder.update(folder, origin) == course_folder.Changes()


@pytest.mark.parametrize("record", ["", "[]", '{"files": {"a": 1}, "beside": {}}', '{"files": {}}', "\xff"])
def test_a_record_that_cannot_be_read_is_refused_and_nothing_touched(folder, origin, record):
    (folder / course_folder.RECORD).write_text(record)
    before = texts(folder)
    with pytest.raises(ValueError, match=r"\.shmlab-course\.json should be the record .* delete it; what you"):
        course_folder.update(folder, origin)
    assert texts(folder) == before


def test_after_an_error_in_the_middle_the_next_update_goes_on(folder, origin, monkeypatch):
    written(origin, {LESSON: notebook("second"), EXERCISE: notebook("second")})
    write, failing = course_folder._write, OSError(28, "No space left on device")

    def full(path, content):
        if path.name == pathlib.Path(EXERCISE).name and path.parent.name == "exercises":
            raise failing
        write(path, content)

    monkeypatch.setattr(course_folder, "_write", full)
    with pytest.raises(OSError, match="No space left") as caught:
        course_folder.update(folder, origin)
    assert caught.value is failing
    monkeypatch.undo()
    assert course_folder.update(folder, origin).beside == {}
    assert texts(folder) == {LESSON: notebook("second"), EXERCISE: notebook("second"), TABLE: "a table"}


def test_copies_of_files_that_cannot_be_written_can_be_written(tmp_path, origin):
    (origin / LESSON).chmod(0o444)
    course_folder.update(tmp_path / "course", origin)
    assert (tmp_path / "course" / LESSON).stat().st_mode & stat.S_IWUSR


# Where it is


def test_it_is_in_this_folder_unless_we_are_in_one(folder, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert course_folder.place() == pathlib.Path(course_folder.NAME)
    assert course_folder.place(tmp_path / "mine") == tmp_path / "mine"
    for inside in (folder, folder / "exercises"):
        monkeypatch.chdir(inside)
        assert course_folder.place() == folder


def test_the_lessons_of_a_checkout_come_from_it():
    assert course_folder.source() == ROOT


@pytest.fixture
def installed(monkeypatch, tmp_path):
    """An installation without a checkout beside it, which has this lesson among its files."""
    site = tmp_path / "prefix" / "lib" / "site-packages"
    lesson = f"../../share/shmlab/{LESSON}"
    written(site, {"shmlab-0.1.0.dist-info/METADATA": "Name: shmlab\nVersion: 0.1.0\n", lesson: notebook("lesson 1")})
    (site / "shmlab-0.1.0.dist-info" / "RECORD").write_text(f"shmlab/cli/main.py,,\n{lesson},,\n")
    monkeypatch.setattr(root, "CHECKOUT", site)
    monkeypatch.setattr(sys, "path", [str(site), *sys.path])
    return tmp_path / "prefix" / "share" / "shmlab"


def test_installed_lessons_are_found_where_they_were_installed(installed):
    assert course_folder.source() == installed


def test_missing_lessons_are_said_with_what_to_do(installed):
    (installed / LESSON).unlink()
    with pytest.raises(FileNotFoundError, match=r"the lessons are neither in .*prefix.* install shmlab again"):
        course_folder.source()


def test_a_folder_that_cannot_be_made_is_said_with_what_to_do(tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(OSError, match=r"copied into .*/taken/course, .*Not a directory.*cd ~.*--folder PATH"):
        lab_command.prepare(tmp_path / "taken" / "course")


def test_the_command_that_is_named_can_be_called(tmp_path, monkeypatch):
    (tmp_path / "taken").write_text("a file")
    own = pathlib.Path(sys.executable).with_name("shmlab")
    for search, named in ((str(own.parent), "call shmlab lab there"), (str(tmp_path), f"call {own} lab there")):
        monkeypatch.setenv("PATH", search)
        with pytest.raises(OSError, match=re.escape(named)):
            lab_command.prepare(tmp_path / "taken")


# What JupyterLab is told


@pytest.mark.parametrize("option", ["--ServerApp.root_dir", "--notebook-dir"])
@pytest.mark.parametrize("form", ["{}={}", "{} {}"])
def test_the_users_own_root_wins(tmp_path, option, form):
    arguments = form.format(option, tmp_path).split()
    command, _ = lab_command.jupyterlab(tmp_path / "course", arguments)
    assert command[-len(arguments) :] == arguments
    assert not any("root_dir=" in one for one in command[: -len(arguments)])
    assert f"--LabApp.default_url=/lab/tree/course/{LESSON}" in command


def test_a_root_without_the_course_is_said(tmp_path):
    command, said = lab_command.jupyterlab(tmp_path / "course", ["--notebook-dir", str(tmp_path / "elsewhere")])
    assert f"JupyterLab shows {tmp_path / 'elsewhere'}, as you asked" in said[0]
    assert str(tmp_path / "course") in said[0]
    assert not any("default_url" in one for one in command)


def test_the_users_own_first_page_wins(tmp_path):
    command, _ = lab_command.jupyterlab(tmp_path, ["--LabApp.default_url=/lab/tree/notebooks/x.ipynb"])
    assert [one for one in command if "default_url" in one] == ["--LabApp.default_url=/lab/tree/notebooks/x.ipynb"]
    assert f"--ServerApp.root_dir={tmp_path}" in command


def test_files_that_arguments_name_are_found_from_another_folder(tmp_path, monkeypatch):
    (tmp_path / "own.py").write_text("")
    monkeypatch.chdir(tmp_path)
    command, _ = lab_command.jupyterlab("course", ["--config=own.py", "--config", "own.py", "--port=0"])
    assert command[-4:] == [f"--config={tmp_path}/own.py", "--config", f"{tmp_path}/own.py", "--port=0"]


# The links of lessons and exercises

STEMS = sorted(path.stem for path in (ROOT / "exercises").glob("*.ipynb"))


def links(name):
    cells = json.loads((ROOT / name).read_text())["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    return re.findall(r"\]\((?!https?:)([^)#\s]+)", text)


@pytest.mark.parametrize("stem", STEMS)
def test_exercises_lead_back_to_their_lesson(stem):
    assert f"../notebooks/{stem}.ipynb" in links(f"exercises/{stem}.ipynb")


# Their last pages are being rewritten, and shall name their exercises as the other lessons do.


@pytest.mark.parametrize("stem", STEMS)
def test_a_lesson_leads_to_its_exercises(stem):
    assert f"../exercises/{stem}.ipynb" in links(f"notebooks/{stem}.ipynb")


@pytest.mark.parametrize(("stem", "after"), list(itertools.pairwise(STEMS)))
def test_lessons_and_exercises_lead_on(stem, after):
    assert f"{after}.ipynb" in links(f"notebooks/{stem}.ipynb")
    assert f"../notebooks/{after}.ipynb" in links(f"exercises/{stem}.ipynb")


@pytest.mark.parametrize("name", [f"{kind}/{path.name}" for kind in ("notebooks", "exercises")
                                  for path in sorted((ROOT / kind).glob("*.ipynb"))])  # fmt: skip
def test_every_link_to_a_file_leads_to_one_of_the_course(name, tmp_path):
    course_folder.update(tmp_path, ROOT)
    for link in links(name):
        assert (tmp_path / os.path.dirname(name) / link).resolve().is_relative_to(tmp_path), link
        assert (tmp_path / os.path.dirname(name) / link).is_file(), link
