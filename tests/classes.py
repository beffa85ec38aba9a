"""Make the rows of a small class without judging, for tests of a teacher's tables and pages."""

from shmlab.grading.classroom.rows import Row
from shmlab.grading.results import MISSING, NOT_JUDGED, PARTLY, RIGHT, WRONG, ItemResult, PartResult, SubmissionResult

STEM, OTHER = "05_lost_updates", "06_semaphores_and_mutexes"
UNJUDGED = PartResult("2 clerks", None, "this could not be judged: the process\nwas ended by a timer")


def item(name, points, score, *, misconception="", note="", parts=()):
    """Return an ItemResult; `score` None: not judged."""
    status = NOT_JUDGED if score is None else RIGHT if score == points else PARTLY if score else WRONG
    return ItemResult(name, points, score, status, parts, misconception, note)


def row(learner, *items, exercise=STEM, notes=(), **others):
    """Return a Row; without items it has reserve (3 points) and pair (4), both right."""
    items = items or (item("reserve", 3, 3.0), item("pair", 4, 4.0))
    return Row(SubmissionResult(learner, exercise, items, tuple(notes)), **others)


def unread(learner, why, **others):
    """Return the Row of a file of which nothing was judged, as a judge makes it."""
    items = (item("reserve", 3, None, note=why), item("pair", 4, None, note=why))
    return row(learner, *items, notes=[why], **others)


def absent(learner, **others):
    """Return the Row of a learner who handed in nothing."""
    items = tuple(ItemResult(name, points, 0.0, MISSING) for name, points in (("reserve", 3), ("pair", 4)))
    return row(learner, *items, absent=True, **others)
