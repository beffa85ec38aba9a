"""Judges for tests of batches: one that tells who it is, one that dies, one that has to be waited for. Other processes
import this: no pytest in here."""

import dataclasses
import os
import pathlib
import signal

from helpers import die

from shmlab.grading.judge import Judge


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
