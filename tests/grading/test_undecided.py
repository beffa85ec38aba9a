"""An answer with more interleavings than can be covered: nobody knows whether it is right, and so it has no score."""

import csv

import pytest
from graded import ROOT, graded, solved, submission

from shmlab.grading.checks import parts
from shmlab.grading.classroom import class_report, reports, tables
from shmlab.grading.classroom.class_report import Heading
from shmlab.grading.classroom.grade_table import write_csv
from shmlab.grading.classroom.judge import Judge
from shmlab.grading.classroom.rows import Row
from shmlab.grading.results import NOT_JUDGED, RIGHT
from shmlab.program import Program

STEM, ITEM = "05_lost_updates", "reserve"
REASON = "and there are more: not all interleavings could be covered, so that it is not known whether it is right"
SELLS_NOTHING = "def reserve(hall, lock):\n    return False\n"


@pytest.fixture
def small_budget(monkeypatch):
    """Checks give up after so many states that the solution has more."""
    check, calls = Program.check, []

    def limited(self, **terms):
        calls.append(terms["progress"])
        return check(self, **terms, max_states=100)

    monkeypatch.setattr(Program, "check", limited)
    return calls


def test_it_has_no_score_and_no_misconception(small_budget):
    result = graded(STEM, ITEM)
    assert (result.score, result.status, result.misconception) == (None, NOT_JUDGED, "")
    unknown = [part for part in result.parts if part.share is None]
    assert unknown and all(REASON in part.sentence and part.undecided for part in unknown)
    assert all(part.explanation == part.misconception == "" for part in unknown)


def test_what_fails_within_the_budget_is_wrong(small_budget):
    result = graded(STEM, ITEM, SELLS_NOTHING)
    assert result.score == 0
    assert result.hint


def test_a_search_shows_no_bar_while_grading(small_budget):
    shown = parts.PICTURES.set(True)
    try:
        graded(STEM, ITEM)
    finally:
        parts.PICTURES.reset(shown)
    assert small_budget and not any(small_budget)


def test_page_terminal_csv_and_report_say_why(small_budget, tmp_path):
    with Judge(ROOT / "solutions") as judge:
        result = judge.judge(submission(STEM, solved(STEM)))
    mine = next(item for item in result.items if item.name == ITEM)
    others = [item for item in result.items if item.name == "worst_schedule"]
    assert mine.score is None and all(item.status == RIGHT for item in others)
    # It is judged once: another time would say the same.
    assert len(small_budget) == sum(len(item.parts) for item in result.items if item.name != "worst_schedule")
    row = Row(result)
    write_csv([row], tmp_path / "grades.csv")
    reports.write_feedback([row], tmp_path / "pages")
    class_report.write_report([row], tmp_path / "class.html", Heading())
    page = (tmp_path / "pages" / "ada.html").read_text()
    for text in (
        page,
        str(tables.remarks([row])),
        (tmp_path / "grades.csv").read_text(),
        (tmp_path / "class.html").read_text(),
    ):
        assert REASON in text
        assert "not judged" in text
    assert "partly right" not in page
    assert "The next hint" not in page
    with (tmp_path / "grades.csv").open(newline="") as stream:
        (line,) = csv.DictReader(stream)
    assert (line["score"], line[f"item_{ITEM}"]) == ("", "")
    assert ITEM in line["not_judged"]
