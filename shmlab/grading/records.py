"""Results that are kept in a file, so that an interrupted run goes on where it stopped.

A result is found again by what it depends on: the submission's bytes, the source's, and what shmlab is.
Source: SQLite's documentation, by way of the sqlite3 module.
"""

import hashlib
import importlib.metadata
import json
import sqlite3

from shmlab.grading.results import SubmissionResult


class Records:
    """The file. Raises sqlite3.DatabaseError for one that is something else."""

    def __init__(self, path):
        self._connection = sqlite3.connect(path)
        try:
            self._connection.execute("CREATE TABLE IF NOT EXISTS results (key TEXT PRIMARY KEY, result TEXT NOT NULL)")
        except sqlite3.DatabaseError as error:
            self._connection.close()
            problem = f"{path} is no record of results ({error}): remove it, or give another --csv"
            raise sqlite3.DatabaseError(problem) from error

    def get(self, key):
        """The SubmissionResult kept under `key`, or None."""
        row = self._connection.execute("SELECT result FROM results WHERE key = ?", (key,)).fetchone()
        return None if row is None else SubmissionResult.from_dict(json.loads(row[0]))

    def keep(self, key, result):
        """Keep a result; it is on the disk when this returns."""
        with self._connection:
            self._connection.execute(
                "INSERT OR REPLACE INTO results VALUES (?, ?)", (key, json.dumps(result.as_dict()))
            )

    def forget(self):
        """Forget all of them."""
        with self._connection:
            self._connection.execute("DELETE FROM results")

    def close(self):
        self._connection.close()


def key_of(submission, source, *, pictures):
    """What a result depends on, as text. `source`: the bytes of the source notebook."""
    digest = hashlib.sha256()
    version = importlib.metadata.version("shmlab")
    for part in (
        submission.learner,
        submission.exercise,
        *submission.notes,
        submission.problem,
        version,
        str(pictures),
    ):
        digest.update(part.encode() + b"\0")
    digest.update(hashlib.sha256(submission.data or b"").digest() + hashlib.sha256(source).digest())
    return digest.hexdigest()
