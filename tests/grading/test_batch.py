"""A class judged by several processes: the same results as by one, whoever dies, and whenever it was interrupted."""

import contextlib
import functools
import json
import multiprocessing
import os
import types

import pytest
from graded import ROOT, solved, submission
from judges import Blind, Deadly, DiesOfEve
from sample import FOLDER

from shmlab.grading.classroom import batch
from shmlab.grading.classroom.records import Records
from shmlab.grading.submissions.find import find
from shmlab.grading.submissions.source_notebook import solutions_in, source_of

SOLUTIONS = solutions_in(ROOT / "solutions")
LEARNERS, STEM = ("ada", "bob", "eve"), "03_system_v_shared_memory"
REPETITIONS = 100


def sample_class():
    """The Entries of tests/sample_class."""
    return find([FOLDER], {stem: source_of(json.loads(data), stem) for stem, data in SOLUTIONS.items()})


def three():
    """Three learners, all right."""
    for learner in LEARNERS:
        one = submission(STEM, solved(STEM), learner)
        yield types.SimpleNamespace(exercise=STEM, submission=lambda one=one: one)


def by_name(results):
    return {(result.learner, result.exercise): result for result in results}


@functools.cache
def by_one_process():
    """The results of the sample class."""
    return by_name(batch.grade(sample_class(), SOLUTIONS, jobs=1))


def test_two_processes_say_what_one_does():
    one, two = (by_name(batch.grade(three(), SOLUTIONS, jobs=jobs)) for jobs in (1, 2))
    assert one == two


@pytest.mark.stress
def test_two_processes_say_of_a_class_what_one_does():
    assert by_name(batch.grade(sample_class(), SOLUTIONS, jobs=2)) == by_one_process()


def test_who_ends_two_judges_is_not_judged_and_the_others_are():
    found = {result.learner: result for result in batch.grade(three(), SOLUTIONS, jobs=2, make_judge=DiesOfEve)}
    assert found["eve"].notes == (batch.DIED_TWICE,)
    assert not found["eve"].judged
    assert [found[learner].score for learner in ("ada", "bob")] == [10, 10]


def test_what_was_done_before_an_interruption_is_not_done_again(tmp_path):
    records = Records(tmp_path / "grades.csv.sqlite")
    with contextlib.closing(records), contextlib.closing(batch.grade(three(), SOLUTIONS, records=records)) as running:
        (first, second) = next(running), next(running)
    with contextlib.closing(Records(tmp_path / "grades.csv.sqlite")) as records:
        # Every judge dies now: who has a result has the one of before.
        later = {one.learner: one for one in batch.grade(three(), SOLUTIONS, records=records, make_judge=Deadly)}
    kept = {learner: result for learner, result in later.items() if result.judged}
    assert kept.items() >= {first.learner: first, second.learner: second}.items()
    assert len(later) == len(LEARNERS)


def test_what_was_kept_with_pictures_is_used_where_none_are_asked_for(tmp_path):
    with contextlib.closing(Records(tmp_path / "grades.csv.sqlite")) as records:
        first = by_name(batch.grade(three(), SOLUTIONS, records=records, pictures=True))
        # Every judge dies now: who has a result has the one of before.
        again = by_name(batch.grade(three(), SOLUTIONS, records=records, make_judge=Deadly))
        assert again == first
        more = by_name(batch.grade(three(), SOLUTIONS, records=records, make_judge=Deadly, seed=1))
        assert not any(result.judged for result in more.values())


def test_what_was_kept_without_pictures_is_not_enough_where_they_are_asked_for(tmp_path):
    with contextlib.closing(Records(tmp_path / "grades.csv.sqlite")) as records:
        list(batch.grade(three(), SOLUTIONS, records=records, make_judge=Blind))
        again = by_name(batch.grade(three(), SOLUTIONS, records=records, pictures=True))
        assert all(result.score == 10 for result in again.values())


def test_a_class_that_is_left_half_way_leaves_no_process():
    before = set(multiprocessing.active_children())
    with contextlib.closing(batch.grade(three(), SOLUTIONS, jobs=2)) as running:
        next(running)
    assert set(multiprocessing.active_children()) == before


def _busy(others):
    while os.getppid() == others:
        pass


@pytest.mark.stress
def test_100_repetitions_under_load_give_the_same_scores():
    context = multiprocessing.get_context("spawn")
    load = [context.Process(target=_busy, args=(os.getpid(),), daemon=True) for _ in range(os.cpu_count())]
    for process in load:
        process.start()
    try:
        for _ in range(REPETITIONS):
            assert by_name(batch.grade(sample_class(), SOLUTIONS, jobs=2)) == by_one_process()
    finally:
        for process in load:
            process.kill()
            process.join()
