"""A class with hostile hands: each is graded for what is right in it, the others are graded, nothing is left."""

import functools
import os
import types
from multiprocessing import resource_tracker

import pytest
from foreign import in_kernel
from graded import ROOT, has_walls, is_full, missing_walls, remarks, solved, submission
from helpers import processes_below
from hostile import (
    ANSWERS,
    CELLS,
    LEFT_BEFORE,
    LEFT_FULL,
    LEFT_RUNNING,
    QUICK,
    STEM,
    answered,
    handed_in,
    honest,
    quick_items,
)

from shmlab.grading.classroom import batch
from shmlab.grading.classroom.judge import Judge
from shmlab.grading.results import NOT_JUDGED, RIGHT
from shmlab.grading.submissions.source_notebook import solutions_in

FILES = {
    "empty": b"",
    "truncated": submission(STEM, solved(STEM)).data[:-100],
    "not UTF-8": submission(STEM, solved(STEM)).data.replace(b"reserve", b"r\xe9serve"),
    "no notebook": b"[1, 2, 3]",
    "nested without an end": b"[" * 1_000_000,
}


def hands():
    """(what, Submission) of the whole class: after each that is hostile comes one that is not."""
    for kind, found, make in (("cell", CELLS, handed_in), ("answer", ANSWERS, answered)):
        for what, (source, *_) in found.items():
            yield (kind, what), make(source)
            yield ("honest", f"after {kind} {what}"), honest()
    for what, data in FILES.items():
        yield ("file", what), types.SimpleNamespace(**{**vars(submission(STEM, {})), "data": data})


@pytest.fixture(scope="module")
def graded_class(tmp_path_factory):
    """(kind, what) -> SubmissionResult, all from one batch; no process, object or file is left of it."""
    resource_tracker.ensure_running()  # multiprocessing's own stays for as long as this process
    folder = tmp_path_factory.mktemp("tmp")
    before = processes_below(os.getpid()) | in_kernel()
    entries, asked = [], {}
    anew = functools.partial(Judge, each_anew=True)  # what an honest one gets is earned after each
    for number, (key, made) in enumerate(hands()):
        named = types.SimpleNamespace(**{**vars(made), "learner": f"{number:03}"})
        asked[named.learner] = key
        entries.append(types.SimpleNamespace(exercise=STEM, submission=lambda named=named: named))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        results = {
            asked[one.learner]: one
            for one in batch.grade(entries, solutions_in(ROOT / "solutions"), jobs=2, make_judge=anew)
        }
    assert len(results) == len(entries)
    if has_walls(next(iter(results.values()))):  # else objects that no ledger knows of may be anybody's
        assert in_kernel() <= before
    assert processes_below(os.getpid()) <= before
    assert list(folder.iterdir()) == []
    return results


@pytest.mark.parametrize("what", CELLS)
def test_a_cell_costs_no_answer_its_points(what, graded_class):
    result = graded_class["cell", what]
    if has_walls(result):
        assert CELLS[what][1] in " ".join(result.notes)
        assert len(result.notes) <= 1
    assert [(item.status, item.score) for item in quick_items(result)] == [(RIGHT, 3), (RIGHT, 3)]


@pytest.mark.parametrize("what", ANSWERS)
def test_an_answer_costs_no_other_its_points(what, graded_class):
    _, status, words = ANSWERS[what]
    result = graded_class["answer", what]
    others = [item for item in result.items if item.name != "reserve"]
    (mine,) = [item for item in result.items if item.name == "reserve"]
    assert (mine.status, mine.score) == (status, None if status == NOT_JUDGED else 0.0)
    assert words in " ".join([mine.note, *(part.sentence for part in mine.parts), *result.notes])
    assert all(item.score == item.points for item in others)


@pytest.mark.parametrize("what", FILES)
def test_what_is_no_notebook_is_not_judged_and_told(what, graded_class):
    result = graded_class["file", what]
    assert {item.status for item in result.items} == {NOT_JUDGED}
    assert any(note.startswith(("the file is", "the file has")) for note in result.notes)


def test_the_honest_ones_are_right_whoever_came_before_them(graded_class):
    after = [result for (kind, _), result in graded_class.items() if kind == "honest"]
    assert len(after) == len(CELLS) + len(ANSWERS)
    scores = {(item.name, item.status, item.score) for result in after for item in quick_items(result)}
    assert scores == {(name, RIGHT, 3) for name in QUICK}


@pytest.fixture(scope="module")
def judge():
    with Judge(ROOT / "solutions", each_anew=True) as one:
        yield one


@pytest.mark.parametrize(
    ("stem", "source"),
    [
        pytest.param(stem, source, marks=() if stem == most else pytest.mark.stress, id=f"{what}-{stem}")
        for most, cells in LEFT_BEFORE.items()
        for what, source in cells.items()
        for stem in LEFT_BEFORE
    ],
)
@pytest.mark.leaves_unknown_objects
def test_what_a_cell_left_is_not_charged_to_the_answers_after_it(stem, source, judge):
    result = judge.judge(handed_in(source, submission(stem, solved(stem), "mallory")))
    assert [item for item in result.items if not is_full(item, result)] == []
    if has_walls(result):  # else the cell may meet what others have left
        assert remarks(result) == []


@pytest.mark.parametrize("what", LEFT_RUNNING)
def test_what_a_cell_left_in_its_process_costs_no_answer_its_points(what, judge):
    source, words = LEFT_RUNNING[what]
    result = judge.judge(handed_in(source))
    assert [(item.status, item.score) for item in quick_items(result)] == [(RIGHT, 3), (RIGHT, 3)]
    if has_walls(result) and words is not None:
        assert words in " ".join(result.notes)
        assert len(result.notes) == bool(words)


def test_of_two_cells_that_leave_too_little_memory_the_larger_one_is_left_out(judge):
    submitted = handed_in("small = bytearray(200 << 20)", handed_in("large = bytearray(500 << 20)"))
    result = judge.judge(submitted)
    assert [(item.status, item.score) for item in quick_items(result)] == [(RIGHT, 3), (RIGHT, 3)]
    (said,) = [note for note in result.notes if "memory" in note]
    assert "(`large = bytearray(500 << 20)`) keeps 500 MiB" in said


def test_threads_that_an_answer_left_cost_no_other_its_points(judge):
    works = "import threading\n\n\ndef works():\n    while True:\n        pass\n\n\n"
    answer = works + "def reserve(hall, lock):\n    threading.Thread(target=works).start()\n    return False\n"
    result = judge.judge(answered(answer))
    (mine,) = [item for item in result.items if item.name == "reserve"]
    assert mine.score in (0.0, None)
    assert [item for item in result.items if item.score != item.points] == [mine]


@pytest.mark.parametrize("what", LEFT_FULL)
def test_an_answer_without_room_for_its_objects_is_not_judged(what, judge):
    if missing_walls():
        pytest.skip("what it leaves would be for all who come after it")
    stem = "03_system_v_shared_memory" if "System V" in what else "02_posix_shared_memory"
    result = judge.judge(handed_in(LEFT_FULL[what], submission(stem, solved(stem), "mallory")))
    lost = [item for item in result.items if item.score != item.points]
    assert {item.score for item in lost} <= {None}
    if what in ("/dev/shm", "System V segments"):  # the others may leave just enough
        assert any("there was no room for its objects" in item.note for item in lost)
