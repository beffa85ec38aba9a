"""Judges for tests of batches: some that tell who they are or what they were given, some that die, one that has to be
waited for. Other processes import this: no pytest in here."""

import dataclasses
import os
import pathlib
import signal

from helpers import die

from shmlab.grading.classroom.judge import Judge
from shmlab.grading.results import WRONG, ItemResult, SubmissionResult
from shmlab.grading.submissions.source_notebook import CHECK


class Telling(Judge):
    """Its pid is the last note of each result."""

    def judge(self, submission):
        result = super().judge(submission)
        return dataclasses.replace(result, notes=(*result.notes, str(os.getpid())))


class Deadly(Judge):
    """Dies of every submission."""

    def judge(self, submission):
        die()


class DiesOfEve(Judge):
    """Dies of eve's submission."""

    def judge(self, submission):
        return die() if submission.learner == "eve" else super().judge(submission)


class Held(Judge):
    """Stays with eve's submission for ever when it is there first; then it has said so: "PARENT PID" into the FIFO
    `told` of the folder that is the submission's path."""

    def judge(self, submission):
        if submission.learner == "eve" and _is_first(folder := pathlib.Path(submission.path)):
            (folder / "told").write_text(f"{os.getppid()} {os.getpid()}")
            signal.pause()
        return super().judge(submission)


def _is_first(folder):
    try:
        (folder / "seen").touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


class Blind(Judge):
    """Gives nobody a point."""

    def judge(self, submission):
        checks = self.sources[submission.exercise].of_role(CHECK)
        items = tuple(ItemResult(check.item, check.points, 0.0, WRONG) for check in checks)
        return SubmissionResult(submission.learner, submission.exercise, items)


class TellsSeed(Blind):
    """Its seed is the note of each result."""

    def judge(self, submission):
        return dataclasses.replace(super().judge(submission), notes=(str(self.seed),))
