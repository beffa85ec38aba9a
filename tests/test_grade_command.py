"""`shmlab grade` as a teacher calls it: on files, folders and downloads, again and again."""

import csv
import json
import sqlite3
import zipfile

import pytest
from click.testing import CliRunner
from graded import ROOT, solved, submitted

from shmlab.cli import main

STEM = "05_lost_updates"
WRONG = (ROOT / "tests" / "wrong_answers" / STEM / "test_outside_lock.py").read_text()


@pytest.fixture
def grade(tmp_path):
    def call(*arguments):
        command = ["grade", "--solutions", str(ROOT / "solutions"), *map(str, arguments)]
        return CliRunner().invoke(main, command, catch_exceptions=False)

    return call


@pytest.fixture
def folder(tmp_path):
    """The work of three learners: right, wrong in one item, nobody's notebook."""
    place = tmp_path / "class"
    for learner, data in (
        ("ada", submitted(STEM, solved(STEM))),
        ("bob", submitted(STEM, solved(STEM, reserve=WRONG))),
        ("eve", b'{"cells": 3'),
    ):
        (place / learner).mkdir(parents=True)
        (place / learner / f"{STEM}.ipynb").write_bytes(data)
    return place


def rows(path):
    with open(path, newline="") as stream:
        return {row["student_id"]: (row["score"], row["max_score"]) for row in csv.DictReader(stream)}


def test_a_folder_gives_scores_pages_and_a_report(grade, folder, tmp_path):
    files = {name: tmp_path / name for name in ("grades.csv", "feedback", "gradescope", "class.html")}
    options = zip(("--csv", "--feedback", "--gradescope", "--report"), files.values(), strict=True)
    done = grade(folder, "--jobs", 2, *(word for option in options for word in option))
    assert done.exit_code == 1, done.output  # eve's could not be judged
    assert rows(files["grades.csv"]) == {"ada": ("10", "10"), "bob": ("7", "10"), "eve": ("0", "10")}
    page = (files["feedback"] / "bob.html").read_text()
    assert "tested outside the lock" in page
    assert 'src="data:image/png;base64,' in page
    assert "tested outside the lock" not in (files["feedback"] / "ada.html").read_text()
    told = json.loads((files["gradescope"] / "bob.json").read_text())
    assert told["score"] == 7
    assert {test["name"]: test["score"] for test in told["tests"]}[f"{STEM}: reserve"] == 0
    assert "tested outside the lock" in files["class.html"].read_text()
    assert (
        "not judged" in done.output.splitlines()[next(i for i, x in enumerate(done.output.splitlines()) if "eve" in x)]
    )


def test_a_second_run_judges_nothing_again_and_writes_the_same(grade, folder, tmp_path):
    table = tmp_path / "grades.csv"
    (folder / "eve" / f"{STEM}.ipynb").write_bytes(submitted(STEM, {}))
    assert grade(folder, "--csv", table).exit_code == 0
    first = table.read_bytes()
    with sqlite3.connect(f"{table}.sqlite") as records:
        assert records.execute("SELECT count(*) FROM results").fetchone() == (5,)  # two are the self-test's
        # What is kept is believed: a score changed there is the one that comes out.
        ((key, kept),) = records.execute("SELECT key, result FROM results WHERE result LIKE '%\"bob\"%'").fetchall()
        records.execute("UPDATE results SET result = ? WHERE key = ?", (kept.replace('"bob"', '"bobby"'), key))
    records.close()
    assert grade(folder, "--csv", table).exit_code == 0
    assert table.read_bytes() == first.replace(b",bob,", b",bobby,")
    assert grade(folder, "--csv", table, "--fresh", "--jobs", 1).exit_code == 0
    assert table.read_bytes() == first


def test_a_moodle_download_is_read_where_it_is(grade, tmp_path):
    path = tmp_path / "download.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"Ada Lovelace_123_assignsubmission_file_/{STEM}.ipynb", submitted(STEM, solved(STEM)))
        archive.writestr(f"../../Eve_7_assignsubmission_file_/{STEM}.ipynb", submitted(STEM, solved(STEM)))
        archive.writestr("../outside.txt", "x")
    done = grade(path, "--csv", tmp_path / "grades.csv")
    assert done.exit_code == 0, done.output
    assert rows(tmp_path / "grades.csv")["Ada Lovelace"] == ("10", "10")
    assert len(rows(tmp_path / "grades.csv")) == 2  # what leads out of the archive is read, and written nowhere
    assert sorted(one.name for one in tmp_path.iterdir()) == ["download.zip", "grades.csv", "grades.csv.sqlite"]
    assert not (tmp_path.parent / "outside.txt").exists()


def test_bad_use_is_told_with_the_cure(grade, tmp_path):
    for arguments, words in (
        ([tmp_path / "nothing"], "does not exist"),
        ([tmp_path], "holds no notebook"),
    ):
        done = grade(*arguments)
        assert done.exit_code == 1
        assert words in done.output
        assert "Traceback" not in done.output
