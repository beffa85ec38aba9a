"""Store results in a file, so that an interrupted run can go on where it stopped.

The key of a result is a digest of what it depends on: the submission, its source, and the code that judged it.
Source: SQLite's documentation, by way of the sqlite3 module; "application_id", "user_version" in its list of pragmas.
"""

import hashlib
import json
import os
import sqlite3

from shmlab.base import root
from shmlab.grading.results import SubmissionResult

_APPLICATION = 0x73686D6C  # "shml": marks the file as shmlab's
_FORM = 1  # version of the table; a table of another version is replaced


class Records:
    """Open the file at `path`, or a database in memory for ":memory:".

    Raises sqlite3.DatabaseError if the file is another program's or cannot be written.
    """

    def __init__(self, path):
        try:
            self._path, self._connection = path, sqlite3.connect(path)
        except sqlite3.OperationalError as error:
            raise _unusable(path, error) from error
        try:
            self._claim()
        except sqlite3.DatabaseError as error:
            self._connection.close()
            raise _unusable(path, error) from error

    def _claim(self):
        """Mark the file as shmlab's. Raises sqlite3.DatabaseError if it is another program's."""
        application, form, tables = (
            self._connection.execute(query).fetchone()[0]
            for query in ("PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM sqlite_master")
        )
        if application != _APPLICATION and (application or tables):
            raise sqlite3.DatabaseError("it is another program's")
        with self._connection:
            self._connection.execute(f"PRAGMA application_id = {_APPLICATION}")
            if form != _FORM:
                self._connection.execute("DROP TABLE IF EXISTS results")
                self._connection.execute("CREATE TABLE results (key TEXT PRIMARY KEY, result TEXT NOT NULL)")
                self._connection.execute(f"PRAGMA user_version = {_FORM}")

    def get(self, key):
        """Return the SubmissionResult stored under `key`, or None."""
        row = self._connection.execute("SELECT result FROM results WHERE key = ?", (key,)).fetchone()
        return None if row is None else SubmissionResult.from_dict(json.loads(row[0]))

    def keep(self, key, result):
        """Store a result on the disk before returning, unless judging again may give another result.

        Raises sqlite3.DatabaseError if that cannot be done: the disk is full, say.
        """
        if result.final:
            row = key, json.dumps(result.as_dict())
            try:
                with self._connection:
                    self._connection.execute("INSERT OR REPLACE INTO results VALUES (?, ?)", row)
            except sqlite3.OperationalError as error:
                raise _unusable(self._path, error) from error

    def forget(self):
        """Delete all results."""
        with self._connection:
            self._connection.execute("DELETE FROM results")

    def close(self):
        self._connection.close()


def _unusable(path, error):
    cure = f"{'move it away, or ' if os.path.exists(path) else ''}let --csv lead to another folder"
    return sqlite3.DatabaseError(f"{path} cannot keep the results ({error}): {cure}")


def key_of(submission, source, *, pictures, seed=0):
    """Return a digest of what a result depends on, as text. `source`: the bytes of the source notebook."""
    facts = [submission.learner, submission.exercise, submission.notes, submission.problem, code(), pictures, seed]
    digest = hashlib.sha256(json.dumps(facts).encode())
    for data in submission.data or b"", source:
        digest.update(hashlib.sha256(data).digest())
    return digest.hexdigest()


def code():
    """Return a digest of shmlab's code as text: any other version may judge differently."""
    return root.digest(".py")
