"""What a teacher reads of a class: every doubt about a score is said, and nothing that was not judged has one."""

import csv
import json

import pytest
from classes import OTHER, STEM, UNJUDGED, absent, item, row, unread
from markup import Markup

from shmlab.grading.classroom import class_report, reports, rows, tables
from shmlab.grading.classroom.class_report import Heading
from shmlab.grading.classroom.grade_table import write_csv

WALLS = "without walls: this host forbids namespaces; only process groups and limits"
HALF = row("bob", item("reserve", 3, None, parts=(UNJUDGED,)), item("pair", 4, 2.0, misconception="one lock"))

REMARKS = {
    "nothing": (row("ada"), []),
    "a note": (row("ada", notes=["cell 2 (check_f) was changed"]), [("", "cell 2 (check_f) was changed")]),
    "an item": (
        HALF,
        [("not judged: reserve", "2 clerks: this could not be judged: the process was ended by a timer")],
    ),
    "all of it": (unread("eve", "the file is empty"), [("not judged", "the file is empty")]),
    "all of it, and more": (
        row("dan", item("reserve", 3, None, note="one"), item("pair", 4, None, note="one"), notes=["two", "one"]),
        [("not judged", "one"), ("", "two")],
    ),
    "two reasons": (
        row("dan", item("reserve", 3, None, note="one"), item("pair", 4, None, note="two"), notes=["three"]),
        [("not judged: reserve", "one"), ("not judged: pair", "two"), ("", "three")],
    ),
    "no reason": (row("dan", item("reserve", 3, None)), [("not judged", "no reason was given")]),
    "no exercise": (
        rows.Row(rows.SubmissionResult("gus", "", (), ("it belongs to no exercise",))),
        [("not judged", "it belongs to no exercise")],
    ),
    "late": (row("ada", late=True), [("", "handed in late")]),
    "nobody's work": (absent("hal"), [("", "nothing was handed in")]),
    "by hand": (row("ada", decisions=("pair: 3 points",)), [("", "pair: 3 points")]),
    "walls are said once for a class": (row("ada", notes=[WALLS]), []),
    "lines": (row("ada", notes=["a\n  b\x1b[2J"]), [("", "a b\\x1b[2J")]),
}


@pytest.mark.parametrize("what", REMARKS)
def test_remarks(what):
    one, wanted = REMARKS[what]
    assert rows.remarks(one) == wanted


CLASS = [
    row("ada", late=True),
    HALF,
    unread("eve", "the file is empty"),
    absent("hal"),
    row("ivy", item("reserve", 3, 3.0), item("pair", 4, 4.0, misconception="one lock")),
    row("ada", item("critical", 2, 2.0), exercise=OTHER),
]


def written(path):
    with open(path, newline="") as stream:
        return {(line["student_id"], line["assignment"]): line for line in csv.DictReader(stream)}


def test_the_csv_has_the_points_of_each_item_and_each_remark(tmp_path):
    write_csv(CLASS, tmp_path / "new" / "grades.csv")
    lines = written(tmp_path / "new" / "grades.csv")
    ada, bob, eve, hal = (lines[learner, STEM] for learner in ("ada", "bob", "eve", "hal"))
    assert (ada["item_reserve"], ada["item_pair"], ada["item_critical"], ada["late"]) == ("3", "4", "", "late")
    assert lines["ada", OTHER]["item_critical"] == "2"
    assert (bob["item_reserve"], bob["item_pair"], bob["score"], bob["not_judged"]) == ("", "2", "", "reserve")
    assert bob["remarks"].startswith("not judged: reserve: 2 clerks: this could not be judged")
    assert (eve["remarks"], eve["not_judged"]) == ("not judged: the file is empty", "reserve, pair")
    assert (bob["raw_score"], eve["raw_score"], eve["score"], eve["max_score"]) == ("2", "", "", "7")
    assert (hal["handed_in"], hal["score"], hal["max_score"]) == ("no", "0", "7")
    assert {line["handed_in"] for line in lines.values() if line is not hal} == {"yes"}


def test_no_spreadsheet_takes_a_cell_for_a_formula(tmp_path):
    evil = row("=cmd()", notes=["@SUM(1)"], person=rows.Person("+1", "-2", "\t3", "=4", "@5"))
    write_csv([evil], tmp_path / "grades.csv")
    (line,) = written(tmp_path / "grades.csv").values()
    assert [line[name] for name in ("student_id", "name", "first_name", "last_name", "email", "remarks")] == [
        "'+1", "'=cmd()", "'\t3", "'=4", "'@5", "'@SUM(1)",
    ]  # fmt: skip


def test_who_needs_the_teacher_stands_first():
    table = tables.scores(CLASS)
    assert [line[0] for line in table.rows[:2]] == ["bob", "eve"]
    assert table.rows[:2] == (
        ("bob", STEM, "2 or more", "7", "not judged: reserve"),
        ("eve", STEM, "–", "7", "not judged: reserve, pair"),
    )
    assert table.note == "2 notebooks to be looked at by you: not judged in full"
    assert ("hal", STEM, "–", "7", "nothing was handed in") in table.rows
    assert ("ada", STEM, "7", "7", "late") in table.rows
    assert ("eve", STEM, "not judged", "the file is empty") in tables.remarks(CLASS).rows
    assert ("ada", STEM, "the notebook", "handed in late") in tables.remarks(CLASS).rows


def test_who_handed_in_nothing_is_in_no_mean():
    lines = {line[0]: line[1:] for line in tables.overview(CLASS).rows}
    assert lines[STEM] == ("4", "1", "2", "7", "7", "7", "2")
    assert tables.distribution(CLASS).rows[0] == (STEM, *[""] * 10, "2")
    assert tables.distribution(CLASS).note == "2 notebooks not counted: not judged in full"


def test_misconceptions_have_those_who_share_them():
    assert tables.misconceptions(CLASS).rows == ((STEM, "pair", "one lock", "2", "50 %"),)
    assert tables.misconceptions(CLASS, who=True).rows == ((STEM, "pair", "one lock", "2", "50 %", "bob, ivy"),)


def test_points_of_learner_and_item():
    table = tables.points([one for one in CLASS if one.exercise == STEM])
    assert table.headings == ("learner", "reserve (3)", "pair (4)", "sum")
    assert ("bob", "?", "2", "2 or more") in table.rows
    assert ("eve", "?", "?", "–") in table.rows
    assert ("hal", "–", "–", "–") in table.rows
    assert table.note == "?: not judged; –: nothing was handed in"
    (partly,) = tables.points([absent("hal", decisions=("pair: 0 points",), by_hand=("pair",))]).rows
    assert partly == ("hal", "–", "0*", "0")


def test_who_handed_in_nothing_is_one_line_of_remarks_for_each_exercise():
    late = absent("dan", decisions=("pair: 1 point",))
    table = tables.remarks([*CLASS, late, absent("kim")])
    assert [line for line in table.rows if "nothing was handed in" in line] == [
        ("3 learners", STEM, "nothing was handed in", "dan, hal, kim")
    ]
    assert ("dan", STEM, "the notebook", "pair: 1 point") in table.rows
    assert not any(line[0] in ("hal", "kim") for line in table.rows)


def test_gradescope_has_no_score_of_what_was_not_judged(tmp_path):
    reports.write_gradescope(CLASS, tmp_path)
    told = {path.stem: json.loads(path.read_text()) for path in tmp_path.iterdir()}
    assert told.keys() == {"ada", "bob", "eve", "ivy"}
    reserve, pair = told["bob"]["tests"]
    assert "score" not in reserve
    assert pair["score"] == 2
    assert "not judged: reserve" in told["bob"]["output"]
    assert not any("score" in test for test in told["eve"]["tests"])


def test_a_page_is_made_for_whom_there_is_something_to_say(tmp_path):
    reports.write_feedback([*CLASS, row("dan", notes=[WALLS], late=True)], tmp_path)
    assert {path.stem for path in tmp_path.iterdir()} == {"ada", "bob", "eve", "ivy", "dan"}
    headings = {name: Markup((tmp_path / f"{name}.html").read_text()).headings[1][1] for name in ("bob", "dan", "eve")}
    assert headings == {
        "bob": f"{STEM}: 2 of 7 points so far",
        "dan": f"{STEM}: 7 of 7 points",
        "eve": f"{STEM}: not judged yet",
    }
    page = (tmp_path / "dan.html").read_text()
    assert "This was handed in late." in page
    assert "walls" not in page


def test_the_report_has_all_of_it(tmp_path):
    heading = Heading("IPC 2026", ("Graded today.", "Seed: 7."), ("WITHOUT WALLS: <none>.",))
    class_report.write_report(CLASS, tmp_path / "class.html", heading, tmp_path / "my pages")
    text = (tmp_path / "class.html").read_text()
    page = Markup(text)
    assert page.headings[0] == (1, "IPC 2026: the class")
    for words in (
        "Seed: 7.",
        "WITHOUT WALLS: <none>.",
        "the file is empty",
        "bob, ivy",
        "reserve (3)",
        "handed in late",
    ):
        assert words in page.text, words
    assert set(page.values("a", "href")) == {f"my%20pages/{name}.html" for name in ("ada", "bob", "eve", "ivy")}
    reports.write_feedback(CLASS, tmp_path / "my pages")
    assert all((tmp_path / "my pages" / f"{name}.html").exists() for name in ("ada", "bob", "eve", "ivy"))


def test_a_report_without_pages_leads_nowhere(tmp_path):
    class_report.write_report(CLASS, tmp_path / "class.html", Heading())
    assert Markup((tmp_path / "class.html").read_text()).values("a", "href") == []
    class_report.write_report([], tmp_path / "none.html", Heading())
    assert "Nothing was handed in." in (tmp_path / "none.html").read_text()
