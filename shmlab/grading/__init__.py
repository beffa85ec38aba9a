"""Exercises that grade themselves: in a learner's notebook, and for a thousand submissions in sandboxes."""

from shmlab.grading.drawn import drawn
from shmlab.grading.exercise import grade
from shmlab.grading.parts import answers, holds, leads, plays
from shmlab.grading.tutor import Misconception, Seen, tutor

__all__ = ["Misconception", "Seen", "answers", "drawn", "grade", "holds", "leads", "plays", "tutor"]
