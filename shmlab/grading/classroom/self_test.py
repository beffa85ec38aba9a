"""Test whether this host can be trusted to grade: solutions must get all points, and untouched exercises none.

A passed test is stored beside the CSV, for this code, interpreter and host.
"""

import dataclasses
import hashlib
import json
import os
import pathlib
import platform
import re
import sys

from shmlab.grading.classroom.rows import WITHOUT_WALLS, Row, remarks
from shmlab.grading.results import SubmissionResult
from shmlab.grading.submissions.find import Submission
from shmlab.grading.submissions.source_notebook import ANSWER, source_of
from shmlab.ipc.limits import cpus

STUB = 'raise NotImplementedError("not done yet")'
_SOLUTION, _UNTOUCHED = "the solution", "the untouched exercise"  # as learners' names
_BOOT = pathlib.Path("/proc/sys/kernel/random/boot_id")


class Untrusted(RuntimeError):
    """This host gave submissions of known points other points, so it may grade nothing."""


@dataclasses.dataclass(frozen=True)
class KnownSubmission:
    """Hold a submission whose points are known. It can be graded like an Entry."""

    exercise: str
    learner: str
    data: bytes

    def submission(self):
        return Submission(self.learner, self.exercise, f"{self.exercise}.ipynb", self.data)


class Passed:
    """Store only results that passed on this host. `records`: Records, or None."""

    def __init__(self, records):
        self._records = records

    def get(self, key):
        return self._records and self._records.get(_on_this_host(key))

    def keep(self, key, result):
        if self._records and not faults_of(result):
            self._records.keep(_on_this_host(key), result)


def known_submissions(solutions, stems):
    """Return the KnownSubmissions of some exercises. `solutions`: stem -> the bytes of its notebook."""
    submissions = []
    for stem in sorted(stems):
        submissions.append(KnownSubmission(stem, _SOLUTION, solutions[stem]))
        submissions.append(KnownSubmission(stem, _UNTOUCHED, untouched(solutions[stem], stem)))
    return submissions


def check(results):
    """Return why this host has no namespaces, or "", from the results of `known_submissions`.

    Raises Untrusted, which names the failures, if a solution has less than all points, an untouched exercise has any
    points, or an item was not judged.
    """
    results = sorted(results, key=lambda result: (result.exercise, result.learner))
    if faults := [fault for result in results for fault in faults_of(result)]:
        lines = "\n".join(f"  {where}: {sentence}" for where, sentence in faults)
        raise Untrusted(
            f"nothing was graded: this host cannot be trusted to grade. Of what is known beforehand:\n{lines}\n"
            "Grade on another host or mend this one (shmlab doctor); --without-self-test grades all the same."
        )
    notes = (note for result in results for note in result.notes)
    return next((note.removeprefix(WITHOUT_WALLS) for note in notes if note.startswith(WITHOUT_WALLS)), "")


def unprotected(missing_walls):
    """Return a warning for the teacher about a host without namespaces. `missing_walls`: why it has none."""
    return (
        f"WITHOUT WALLS: {missing_walls.rstrip('.')}. "
        "Submissions ran with your user's rights: one of them could have read or "
        "changed your files, talked to the network, or disturbed another one. Grade on a host that allows user "
        "namespaces, or in a container or account that holds nothing of value."
    )


def faults_of(result: SubmissionResult):
    """Return (about, sentence) for each item of a known submission that does not have the points it must have."""
    about = f"{result.exercise}, {result.learner}"
    if not result.judged:
        return [(": ".join(filter(None, (about, where))), why) for where, why in remarks(Row(result)) if where]
    solution = result.learner == _SOLUTION
    return [
        (about, f"{item.name} has {item.score:g} points, and must have {'all of its' if solution else 'none of its'} "
                f"{item.points:g}{_why(item) if solution else ''}")
        for item in result.items
        if item.score != (item.points if solution else 0)
    ]  # fmt: skip


def _why(item):
    """Return the sentence of the first part that is not right, otherwise the item's note, in parentheses; or ""."""
    reason = next((f"{part.title}: {part.sentence}" for part in item.parts if part.share != 1), item.note)
    return f" ({' '.join(reason.split())})" if reason else ""


def untouched(data, stem):
    """Return the bytes of a solution with stubs in place of its answers, as learners get it. `data`: its bytes."""
    notebook = json.loads(data)
    answers = {cell.grade_id for cell in source_of(notebook, stem).of_role(ANSWER)}
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") in answers:
            cell["source"] = stubbed("".join(cell["source"]))
    return json.dumps(notebook).encode()


def stubbed(text):
    """Return the text of an answer cell with a stub for each answer, as nbgrader's ClearSolutions makes it."""
    lines, inside = [], False
    for line in text.splitlines():
        if "BEGIN SOLUTION" in line:
            inside = True
            lines.append(f"{re.match(r'[ ]*', line)[0]}{STUB}")
        elif "END SOLUTION" in line:
            inside = False
        elif not inside:
            lines.append(line)
    return "\n".join(lines) if "BEGIN SOLUTION" in text else STUB


def _on_this_host(key):
    """Return a key that also depends on the host, its last start, the user and the interpreter."""
    boot = _BOOT.read_text() if _BOOT.exists() else ""
    facts = [sys.version, sys.prefix, list(platform.uname()), os.geteuid(), len(cpus()), boot]
    return hashlib.sha256(json.dumps([key, facts]).encode()).hexdigest()
