"""Judges for tests of batches: some report their pid or seed, some die, one waits for ever. Other processes import
this, so it must not import pytest."""

import dataclasses
import os
import pathlib
import signal

from helpers import die

from shmlab.grading.classroom.judge import Judge
from shmlab.grading.results import WRONG, ItemResult, SubmissionResult
from shmlab.grading.submissions.source_notebook import CHECK


class Telling(Judge):
    """Adds its pid as the last note of each result."""

    def judge(self, submission):
        result = super().judge(submission)
        return dataclasses.replace(result, notes=(*result.notes, str(os.getpid())))


class Deadly(Judge):
    """Dies when it gets a submission."""

    def judge(self, submission):
        die()


class DiesOfEve(Judge):
    """Dies when it gets eve's submission."""

    def judge(self, submission):
        return die() if submission.learner == "eve" else super().judge(submission)


class Held(Judge):
    """Waits for ever at eve's submission if it is the first judge that gets it.

    Before that it writes "PARENT PID" into the FIFO `told` in the folder that is the submission's path.
    """

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
    """Gives no points."""

    def judge(self, submission):
        checks = self.sources[submission.exercise].of_role(CHECK)
        items = tuple(ItemResult(check.item, check.points, 0.0, WRONG) for check in checks)
        return SubmissionResult(submission.learner, submission.exercise, items)


class TellsSeed(Blind):
    """Gives no points, and its seed as the note of each result."""

    def judge(self, submission):
        return dataclasses.replace(super().judge(submission), notes=(str(self.seed),))
