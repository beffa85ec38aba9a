"""Results are found again as they were, under what they depend on; what others wrote is left alone."""

import dataclasses
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys
import tempfile

import pytest
from helpers import PATIENCE_S, as_nobody

from shmlab import start
from shmlab.grading.classroom import records
from shmlab.grading.classroom.records import Records, key_of
from shmlab.grading.results import NOT_JUDGED, PARTLY, RIGHT, ItemResult, PartResult, SubmissionResult
from shmlab.grading.submissions.find import Submission

PART = PartResult("2 clerks, 1 seat", 0.5, "“wrong”", "f(1)", "2", "3", "a name", "look", "P0 | P1", "<table>", "iVBOR")
RESULT = SubmissionResult(
    "Łucja \udcff",
    "05_lost_updates",
    (ItemResult("reserve", 3.0, 1.5, PARTLY, (PART,), "a name", "a note", "a hint"), ItemResult("pair", 4, 4.0, RIGHT)),
    ("cell 3 was changed",),
)
NOT_ALL = dataclasses.replace(RESULT, items=(*RESULT.items, ItemResult("x", 1.0, None, NOT_JUDGED)))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "grades.csv.sqlite"


def opened(path):
    one = Records(path)
    one.close()


def test_what_was_kept_is_the_same_later(path):
    first = Records(path)
    assert first.get("a") is None
    first.keep("a", NOT_ALL)  # it may be judged next time
    assert first.get("a") is None
    first.keep("a", RESULT)
    first.keep("b", NOT_ALL)
    first.close()
    second = Records(path)
    assert second.get("a") == RESULT
    part = dataclasses.replace(PART, share=None, undecided=True)
    unknown = dataclasses.replace(NOT_ALL, items=(*RESULT.items, ItemResult("x", 1.0, None, NOT_JUDGED, (part,))))
    second.keep("c", unknown)  # it will not be another next time
    assert second.get("c") == unknown
    assert second.get("b") is None
    other = dataclasses.replace(RESULT, notes=())
    second.keep("a", other)
    assert second.get("a") == other
    second.forget()
    assert second.get("a") is None
    second.close()


def test_a_kept_result_survives_the_process_that_kept_it(path):
    program = f"""
import os, signal
from shmlab.grading.classroom.records import Records
from shmlab.grading.results import RIGHT, ItemResult, SubmissionResult
Records({str(path)!r}).keep("a", SubmissionResult("ada", "x", (ItemResult("y", 1.0, 1.0, RIGHT),)))
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", program]).returncode == -signal.SIGKILL
    kept = Records(path)
    assert kept.get("a").learner == "ada"
    kept.close()


def test_in_memory():
    one = Records(":memory:")
    one.keep("a", RESULT)
    assert one.get("a") == RESULT
    one.close()


def database(path, *statements):
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


OTHERS = {
    "text": lambda path: path.write_text("student_id,score\nada,10\n"),
    "another program's database": lambda path: database(path, "CREATE TABLE notes (text)"),
    "another program's, told by its number": lambda path: database(path, "PRAGMA application_id = 1"),
    "another program's of the same form": lambda path: database(path, "CREATE TABLE results (key TEXT, result TEXT)"),
}


@pytest.mark.parametrize("what", OTHERS)
def test_what_another_program_wrote_is_refused_and_left_as_it_is(what, path):
    OTHERS[what](path)
    before = path.read_bytes()
    refused = rf"{path} cannot keep the results \(.+\): move it away, or let --csv"
    with pytest.raises(sqlite3.DatabaseError, match=refused):
        opened(path)
    assert path.read_bytes() == before


def test_an_empty_file_is_nobodys(path):
    path.touch()
    opened(path)


def test_what_another_version_kept_in_another_form_is_forgotten(path):
    ours = f"PRAGMA application_id = {0x73686D6C}"
    database(path, ours, "CREATE TABLE results (key TEXT PRIMARY KEY, judged INTEGER NOT NULL, result TEXT NOT NULL)",
             "INSERT INTO results VALUES ('a', 1, '{}')")  # fmt: skip
    one = Records(path)
    assert one.get("a") is None
    one.keep("a", RESULT)
    assert one.get("a") == RESULT
    one.close()


def test_a_folder_or_none_is_refused(path):
    path.mkdir()
    for place in (path, path.parent / "missing" / "grades.csv.sqlite"):
        with pytest.raises(sqlite3.DatabaseError, match="unable to open database file"):
            opened(place)


def _error_of_opening(path):
    try:
        opened(path)
    except sqlite3.DatabaseError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("there", [False, True])
def test_what_may_not_be_written_is_refused(there):
    """By an ordinary user, in a folder that anybody can reach: modes say nothing to root."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "grades.csv.sqlite")
        if there:
            opened(path)
            path.chmod(0o444)
        os.chmod(folder, 0o555)
        told = start(as_nobody, _error_of_opening, path) if os.geteuid() == 0 else start(_error_of_opening, path)
        words = "attempt to write a readonly database" if there else "unable to open database file"
        assert words in told.result(PATIENCE_S)
        os.chmod(folder, 0o755)


SUBMISSION = Submission("ada", "05_lost_updates", "ada.ipynb", b'{"cells": []}')
OTHER = {
    "learner": dataclasses.replace(SUBMISSION, learner="bob"),
    "exercise": dataclasses.replace(SUBMISSION, exercise="06_semaphores_and_mutexes"),
    "data": dataclasses.replace(SUBMISSION, data=b'{"cells": [1]}'),
    "nothing to read": dataclasses.replace(SUBMISSION, data=None, problem="it is empty"),
    "notes": dataclasses.replace(SUBMISSION, notes=("handed in late",)),
}


@pytest.mark.parametrize("what", OTHER)
def test_another_submission_is_judged_anew(what):
    assert key_of(OTHER[what], b"source", pictures=False) != key_of(SUBMISSION, b"source", pictures=False)


def test_another_source_and_pictures_and_another_code_are_judged_anew(monkeypatch):
    key = key_of(SUBMISSION, b"source", pictures=False)
    assert key == key_of(dataclasses.replace(SUBMISSION), b"source", pictures=False)
    assert key != key_of(SUBMISSION, b"another", pictures=False)
    assert key != key_of(SUBMISSION, b"source", pictures=True)
    assert key == key_of(SUBMISSION, b"source", pictures=False, seed=0)
    assert key != key_of(SUBMISSION, b"source", pictures=False, seed=1)
    monkeypatch.setattr(records, "code", lambda: "another version")
    assert key != key_of(SUBMISSION, b"source", pictures=False)


def test_where_a_file_is_does_not_matter():
    moved = dataclasses.replace(SUBMISSION, path="elsewhere/ada.ipynb")
    assert key_of(moved, b"", pictures=False) == key_of(SUBMISSION, b"", pictures=False)
