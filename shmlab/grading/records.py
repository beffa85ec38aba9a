"""Results that are kept in a file, so that an interrupted run goes on where it stopped.

A result is found again by what it depends on: the submission, its source, and the code that judged it.
Source: SQLite's documentation, by way of the sqlite3 module; "application_id" in its list of pragmas.
"""

import functools
import hashlib
import json
import pathlib
import sqlite3

import shmlab
from shmlab.grading.results import SubmissionResult

_APPLICATION = 0x73686D6C  # "shml": this file is ours
_TABLE = "CREATE TABLE IF NOT EXISTS results (key TEXT PRIMARY KEY, judged INTEGER NOT NULL, result TEXT NOT NULL)"


class Records:
    """The file at `path`, or one in memory for ":memory:". Raises sqlite3.DatabaseError for one that is something else
    or cannot be written."""

    def __init__(self, path):
        try:
            self._connection = sqlite3.connect(path)
        except sqlite3.OperationalError as error:
            raise _unusable(path, error) from error
        try:
            self._claim()
        except sqlite3.DatabaseError as error:
            self._connection.close()
            raise _unusable(path, error) from error

    def _claim(self):
        """Make the file ours, unless it is somebody else's."""
        (whose,) = self._connection.execute("PRAGMA application_id").fetchone()
        (tables,) = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if tables and whose != _APPLICATION:
            raise sqlite3.DatabaseError("it is another program's")
        with self._connection:
            self._connection.execute(f"PRAGMA application_id = {_APPLICATION}")
            self._connection.execute(_TABLE)

    def get(self, key):
        """The SubmissionResult kept under `key`, or None; None as well where it was not judged, since it may be now."""
        return self._one("SELECT result FROM results WHERE key = ? AND judged", key)

    def read(self, key):
        """The SubmissionResult that was kept last under `key`, judged or not. Raises KeyError."""
        found = self._one("SELECT result FROM results WHERE key = ?", key)
        if found is None:
            raise KeyError(key)
        return found

    def _one(self, query, key):
        row = self._connection.execute(query, (key,)).fetchone()
        return None if row is None else SubmissionResult.from_dict(json.loads(row[0]))

    def keep(self, key, result):
        """Keep a result; it is on the disk when this returns."""
        row = key, result.judged, json.dumps(result.as_dict())
        with self._connection:
            self._connection.execute("INSERT OR REPLACE INTO results VALUES (?, ?, ?)", row)

    def forget(self):
        """Forget all of them."""
        with self._connection:
            self._connection.execute("DELETE FROM results")

    def close(self):
        self._connection.close()


def _unusable(path, error):
    return sqlite3.DatabaseError(
        f"{path} cannot keep the results ({error}): move it away, or let --csv lead to another folder"
    )


def key_of(submission, source, *, pictures):
    """What a result depends on, as text. `source`: the bytes of the source notebook."""
    told = [submission.learner, submission.exercise, submission.notes, submission.problem, code(), pictures]
    digest = hashlib.sha256(json.dumps(told).encode())
    for data in submission.data or b"", source:
        digest.update(hashlib.sha256(data).digest())
    return digest.hexdigest()


@functools.cache
def code():
    """A digest of shmlab's code as text: who has another version, even one of today, may judge in other words."""
    digest = hashlib.sha256()
    package = pathlib.Path(shmlab.__file__).parent
    for path in sorted(package.rglob("*.py")):
        digest.update(f"{path.relative_to(package)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()
