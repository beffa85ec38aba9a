"""The sample class gets the same points wherever it is graded: as any user, on any Python, without namespaces, too."""

import pytest
from graded import ROOT, has_walls

from shmlab.grading.classroom.judge import Judge
from shmlab.grading.submissions.find import Submission

# (learner, exercise) -> the points of its items
POINTS = {
    ("amina", "05_lost_updates"): [3.0, 3.0, 4.0],
    ("amina", "06_semaphores_and_mutexes"): [2.0, 2.0, 2.0, 4.0],
    ("bela", "05_lost_updates"): [3.0, 0.0, 4.0],
    ("bela", "06_semaphores_and_mutexes"): [1.0, 2.0, 2.0, 0.8],
    ("chidi", "05_lost_updates"): [0.0, 0.0, 0.0],
    ("dana", "05_lost_updates"): [0.0, 3.0, 0.0],
    ("dana", "06_semaphores_and_mutexes"): [2.0, 2.0, 0.8, 0.8],
    ("elif", "05_lost_updates"): [3.0, 0.0, 0.0],
    ("elif", "06_semaphores_and_mutexes"): [0.0, 0.0, 0.0, 4.0],
    ("farid", "05_lost_updates"): [3.0, 0.0, 0.0],
    ("farid", "06_semaphores_and_mutexes"): [2.0, 2.0, 0.0, 0.0],
    ("greta", "05_lost_updates"): [0.0, 0.0, 2.0],
    ("greta", "06_semaphores_and_mutexes"): [0.0, 0.0, 0.0, 0.0],
    ("hugo", "05_lost_updates"): [0.0, 3.0, 1.33],
    ("hugo", "06_semaphores_and_mutexes"): [2.0, 0.0, 0.0, 0.0],
}


@pytest.fixture(scope="module")
def judge():
    with Judge(ROOT / "solutions") as one:
        yield one


def handed_in(learner, exercise):
    path = ROOT / "tests" / "sample_class" / learner / exercise / f"{exercise}.ipynb"
    return Submission(learner, exercise, str(path), path.read_bytes())


def test_all_of_the_class_are_told_of():
    found = {path.parts[-3:-1] for path in (ROOT / "tests" / "sample_class").glob("*/*/*.ipynb")}
    assert found == set(POINTS)


@pytest.mark.parametrize("who", POINTS, ids=" ".join)
def test_the_points(who, judge):
    result = judge.judge(handed_in(*who))
    points = [item.score for item in result.items]
    if has_walls(result):
        assert points == POINTS[who]
    else:  # the same, or not judged
        assert all(got in (wanted, None) for got, wanted in zip(points, POINTS[who], strict=True)), points
