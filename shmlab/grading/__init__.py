"""Exercises that grade themselves: in a learner's notebook, and for a thousand submissions in sandboxes."""

from shmlab.grading.checks import usual
from shmlab.grading.checks.drawn import drawn
from shmlab.grading.checks.grade import grade
from shmlab.grading.checks.parts import answers, holds, leads
from shmlab.grading.checks.scene_parts import plays
from shmlab.grading.checks.seen import Seen
from shmlab.grading.checks.tutor import Misconception, tutor

__all__ = ["Misconception", "Seen", "answers", "drawn", "grade", "holds", "leads", "plays", "tutor", "usual"]
