"""`shmlab grade` as a teacher calls it: on files, folders and downloads, again and again."""

import contextlib
import csv
import dataclasses
import html
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import zipfile

import pytest
from click.testing import CliRunner
from graded import ROOT, STEMS, solved, submitted
from lifeline import wait_until

from shmlab.cli.main import main
from shmlab.grading.classroom import batch

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
    assert rows(files["grades.csv"]) == {"ada": ("10", "10"), "bob": ("7", "10"), "eve": ("", "10")}
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


ROSTER = "id,name,email\nm1,Ada Lovelace,ada@school.org\nm2,Bob,bob@school.org\nm3,Hal,hal@school.org\n"
OVERRIDES = f"learner,exercise,item,points,comment\nbob,{STEM},reserve,1.5,half an idea\n"


def test_roster_overrides_and_gradebook_again_and_again(grade, folder, tmp_path):
    """What a teacher keeps is in files of the teacher's, and so holds when all is graded anew."""
    (tmp_path / "roster.csv").write_text(ROSTER)
    (tmp_path / "overrides.csv").write_text(OVERRIDES)
    (folder / "eve" / f"{STEM}.ipynb").write_bytes((ROOT / "notebooks" / f"{STEM}.ipynb").read_bytes())
    files = {name: tmp_path / "out" / name for name in ("grades.csv", "feedback", "class.html", "moodle.csv")}
    given = zip(("--csv", "--feedback", "--report", "--gradebook"), files.values(), strict=True)
    options = [word for pair in given for word in pair]
    options += ["--roster", tmp_path / "roster.csv", "--overrides", tmp_path / "overrides.csv"]
    options += ["--gradebook-format", "moodle", "--column", f"{STEM}=Week 5", "--course", "IPC 2026", "--seed", 7]
    first = grade(folder, *options)
    assert first.exit_code == 1, first.output
    kept = {name: path.read_bytes() for name, path in files.items() if path.is_file()}
    again = grade(folder, *options)
    assert again.stdout == first.stdout
    assert {name: path.read_bytes() for name, path in files.items() if path.is_file()} == kept
    assert rows(files["grades.csv"]) == {"m1": ("10", "10"), "m2": ("8.5", "10"), "m3": ("0", "10"), "eve": ("", "10")}
    remark = "reserve: 1.5 points by the teacher's decision, instead of 0: half an idea"
    lesson = f"this is the lesson {STEM}, and not an exercise"
    report = (files["class.html"]).read_text()
    for told in (first.output, files["grades.csv"].read_text(), html.unescape(report)):
        for words in (remark, lesson, "nothing was handed in"):
            assert words in told, words
    assert "Seed: 7." in first.output and "Seed: 7." in report and "IPC 2026" in report
    assert "Not in the roster: eve." in first.output
    page = html.unescape((files["feedback"] / "Bob.html").read_text())
    assert page.count(remark.removeprefix("reserve: ")) == 1
    with files["moodle.csv"].open(newline="") as stream:
        grades = {line["Email address"]: line["Week 5"] for line in csv.DictReader(stream)}
    assert grades == {"ada@school.org": "10", "bob@school.org": "8.5", "hal@school.org": ""}


@pytest.fixture
def broken(tmp_path):
    """Solutions of which one does not reach its points."""
    place = tmp_path / "broken"
    place.mkdir()
    text = (ROOT / "solutions" / f"{STEM}.ipynb").read_text()
    (place / f"{STEM}.ipynb").write_text(text.replace("hall.free -= 1", "hall.free -= 2"))
    assert text != (place / f"{STEM}.ipynb").read_text()
    return place


def test_a_host_that_fails_the_self_test_grades_nothing(grade, folder, broken, tmp_path):
    options = "--solutions", broken, "--csv", tmp_path / "grades.csv", "--report", tmp_path / "class.html"
    done = grade(folder, *options)
    assert done.exit_code == 2
    assert "nothing was graded: this host cannot be trusted to grade" in done.output
    assert f"{STEM}, the solution: reserve has 0 points, and must have all of its 3" in done.output
    assert "--without-self-test grades all the same" in done.output
    assert not (tmp_path / "grades.csv").exists() and not (tmp_path / "class.html").exists()
    assert grade(folder, *options).exit_code == 2  # what failed is not remembered as what passed
    done = grade(folder, *options, "--without-self-test")
    assert done.exit_code == 1  # eve's
    assert "without a self-test" in done.output
    assert rows(tmp_path / "grades.csv")["ada"] == ("10", "10")


def test_missing_walls_are_said_once_and_loudly(grade, folder, tmp_path, monkeypatch):
    """The walls of this host are what the judge says: here it says that there are none."""
    missing_walls = "without walls: this host forbids namespaces; only process groups and limits"
    judged = batch.grade

    def without(*given, **others):
        for result in judged(*given, **others):
            yield dataclasses.replace(result, notes=(missing_walls, *result.notes))

    monkeypatch.setattr(batch, "grade", without)
    done = grade(folder, "--report", tmp_path / "class.html")
    for told in (done.output.partition("learner  exercise")[0], (tmp_path / "class.html").read_text()):
        assert told.count("WITHOUT WALLS: this host forbids namespaces") == 1
        assert "could have read or changed your files" in told
    assert "without walls" not in done.output
    again = grade(folder / "ada", "--without-self-test")  # what the submissions themselves met counts as well
    assert again.output.count("WITHOUT WALLS: this host forbids") == 2  # first and, as it scrolls away, last


def test_a_solution_that_is_no_python_is_told_in_one_line(grade, folder, broken):
    text = (broken / f"{STEM}.ipynb").read_text()
    (broken / f"{STEM}.ipynb").write_text(text.replace('"worst_schedule\\",', '"worst_schedule\\" =,', 1))
    done = grade(folder, "--solutions", broken)
    assert done.exit_code == 1
    assert re.fullmatch(rf"Error: {STEM}, cell \w+, line \d+: .+: mend it in the solution\n", done.output), done.output


def in_a_process(*arguments):
    """`shmlab grade` in a process of its own, its errors to no terminal."""
    command = [sys.executable, "-c", "from shmlab.cli.main import main; main()", "grade", "--without-self-test"]
    words = map(str, (*command, "--solutions", ROOT / "solutions", *arguments))
    return subprocess.Popen(list(words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_ctrl_c_says_how_far_it_came_and_the_same_command_goes_on(grade, folder, tmp_path):
    spins = "def reserve(hall, lock):\n    pass\n\n\nsum(iter(int, 1))"
    (folder / "eve" / f"{STEM}.ipynb").write_bytes(submitted(STEM, solved(STEM, reserve=spins)))
    table = tmp_path / "grades.csv"
    with in_a_process(folder, "--csv", table, "--jobs", 1) as process:
        wait_until(lambda: kept(f"{table}.sqlite") == 2)  # eve's is being judged, and takes its time
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (130, "")
    # The interrupt may come between the keeping of the second and the counting of it.
    assert re.fullmatch(r"\n[12] of 3 judged and kept\. Run the same command again to continue\.\n", errors)
    assert not table.exists()


def kept(path):
    if not os.path.exists(path):
        return 0
    with contextlib.suppress(sqlite3.OperationalError), contextlib.closing(sqlite3.connect(path)) as records:
        return records.execute("SELECT count(*) FROM results").fetchone()[0]
    return 0


def test_no_bar_is_drawn_where_nobody_sees_it(folder, tmp_path):
    with in_a_process(folder / "bob", "--feedback", tmp_path / "pages") as process:
        _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (0, "")


def test_an_exercise_without_a_column_in_canvas_is_told_and_not_written(grade, folder, tmp_path):
    export = "Student,ID,SIS User ID,SIS Login ID,Section,Essay (77)\n" + "".join(
        f"{name},{number},,{name},Monday,\n" for number, name in enumerate(("ada", "bob", "eve"), start=1)
    )
    (tmp_path / "export.csv").write_text(export)
    done = grade(folder, "--roster", tmp_path / "export.csv", "--gradebook", tmp_path / "import.csv")
    note = f"no column found for {STEM}, and its grades are not in the gradebook; your export has: Essay (77)"
    assert any(line.startswith(f"Note: {note}") for line in done.output.splitlines())
    assert (tmp_path / "import.csv").read_text().splitlines()[0] == "Student,ID,SIS User ID,SIS Login ID,Section"


def test_bad_use_is_told_with_the_cure(grade, tmp_path):
    for arguments, words in (
        ([tmp_path / "nothing"], "does not exist"),
        ([tmp_path], "holds no notebook"),
        ([tmp_path, "--column", "x"], "--column 'x' names no heading: give EXERCISE=HEADING"),
        ([tmp_path, "--gradebook", "x"], "it is not known for which platform: give --gradebook-format"),
        ([tmp_path, "--roster", tmp_path / "none.csv"], "none.csv does not exist, or is no file: give a CSV whose"),
        ([tmp_path, "--overrides", tmp_path / "none.csv"], "none.csv does not exist, or is no file: its first line is"),
        ([tmp_path, "--column", "06=x"], f"--column names no exercise '06': there is {', '.join(STEMS)}"),
    ):
        done = grade(*arguments)
        assert done.exit_code == 1
        assert words in done.output
        assert "Traceback" not in done.output
