"""Points set by hand: they are shown wherever points are, and a line that fits nothing is refused."""

import pytest
from classes import OTHER, STEM, absent, item, row, unread

from shmlab.grading.classroom import overrides, rows, tables
from shmlab.grading.results import PARTLY, RIGHT, WRONG

HEAD = "learner,exercise,item,points,comment\n"
CLASS = [
    row("ada"),
    row("bob", item("reserve", 3, 1.0, misconception="no lock"), item("pair", 4, None, note="ended by a timer")),
    unread("eve", "the file is empty"),
    absent("hal"),
    row("Zoë", person=rows.Person("m7", email="zoe@school.org", login="zoe7")),
]


@pytest.fixture
def applied(tmp_path):
    def call(text, graded=CLASS):
        path = tmp_path / "overrides.csv"
        path.write_text(text)
        return overrides.apply(overrides.read(path), graded, path)

    return call


def by_learner(found):
    return {one.learner: one for one in found}


def test_points_are_set_and_said(applied):
    found, others = applied(f"{HEAD}bob,{STEM},reserve,2.5,half an idea\nBOB,{STEM},pair,4,\nhal,{STEM},pair,0,ill\n")
    bob, hal = (by_learner(found)[name] for name in ("bob", "hal"))
    assert (bob.score, bob.judged, others) == (6.5, True, [])
    assert [one.status for one in bob.items] == [PARTLY, RIGHT]
    said = "2.5 points by the teacher's decision, instead of 1: half an idea"
    assert bob.items[0].note == said
    assert rows.remarks(bob) == [
        ("", f"reserve: {said}"),
        ("", "pair: 4 points by the teacher's decision, instead of not judged"),
    ]
    assert hal.items[1].status == WRONG
    table = tables.points(found)
    assert ("bob", "2.5*", "4*", "6.5") in table.rows
    assert ("ada", "3", "4", "7") in table.rows
    assert table.note == "?: not judged; *: set by you; –: nothing was handed in"
    assert ("", "pair: 0 points by the teacher's decision, instead of 0: ill") in rows.remarks(hal)
    assert by_learner(found)["ada"] == CLASS[0]


@pytest.mark.parametrize("name", ["Zoë", "m7", "zoe7", "zoe@school.org", "ZOË", "Zoe\u0308"])
def test_who_is_meant(name, applied):
    found, _ = applied(f"{HEAD}{name},{STEM},pair,1,\n")
    assert by_learner(found)["Zoë"].score == 4


def test_an_answer_that_the_teacher_calls_right_has_no_misconception(applied):
    for points, misconception in (("3", ""), ("1", "no lock")):
        found, _ = applied(f"{HEAD}bob,{STEM},reserve,{points},\n")
        assert by_learner(found)["bob"].items[0].misconception == misconception
    assert by_learner(found)["bob"].items[0].note == "1 point by the teacher's decision, instead of 1"


def test_decimal_commas_and_semicolons(applied):
    found, _ = applied(f"{HEAD.replace(',', ';')}ada;{STEM};pair;1,5;\n")
    assert by_learner(found)["ada"].score == 4.5


@pytest.mark.parametrize("points", ["0", "0.1", "5", "7"])
def test_a_whole_notebook(points, applied):
    found, _ = applied(f"{HEAD}eve,{STEM},*,{points},told me by mail\n")
    eve = by_learner(found)["eve"]
    assert (f"{eve.score:g}", eve.judged, eve.by_hand) == (points, True, ("reserve", "pair"))
    assert all(0 <= one.score <= one.points for one in eve.items)
    assert all(f"of the {points} points that your teacher gave for the whole" in one.note for one in eve.items)
    said = f"{points} points by the teacher's decision, instead of not judged: told me by mail"
    assert [sentence for _, sentence in rows.remarks(eve) if "decision" in sentence] == [said]


def test_a_whole_notebook_keeps_what_the_check_found(applied):
    (bob,) = [one for one in applied(f"{HEAD}bob,{STEM},*,6,explained to me\n")[0] if one.learner == "bob"]
    assert (bob.items[0].status, bob.items[0].misconception) == (CLASS[1].items[0].status, "no lock")


def test_lines_of_other_exercises_are_counted(applied):
    found, others = applied(f"{HEAD}ada,{OTHER},critical,1,\nada,{STEM},pair,1,\n")
    assert by_learner(found)["ada"].score == 4
    assert len(others) == 1
    assert others[0].endswith(f"overrides.csv: 1 not used, for exercises not graded now ({OTHER}).")


REFUSED = {
    "nobody": (f"ada,{STEM},pair,1,\nadda,{STEM},pair,1,\n", "line 2 below the headings: nobody is 'adda' in"),
    "no item": (f"ada,{STEM},pear,1,\n", f"{STEM} has no item 'pear': there is reserve, pair"),
    "too many points": (f"ada,{STEM},pair,4.5,\n", "4.5 points, but pair has 4"),
    "no points": (f"ada,{STEM},pair,all,\n", "points is 'all', not a number from 0"),
    "less than none": (f"ada,{STEM},pair,-1,\n", "points is '-1', not a number from 0"),
    "no number": (f"ada,{STEM},pair,nan,\n", "points is 'nan', not a number from 0"),
    "more than all points": (f"ada,{STEM},*,8,\n", f"8 points, but {STEM} has 7"),
    "all of it and an item": (
        f"ada,{STEM},*,5,\nada,{STEM},pair,1,\n",
        "line 2 below the headings: another line sets the points of pair too: keep one",
    ),
    "twice, by two names": (
        f"m7,{STEM},pair,1,\nZoë,{STEM},pair,1,\n",
        "line 2 below the headings: another line sets the points of pair too: keep one",
    ),
    "more cells than headings": (
        f"ada,{STEM},pair,1,well, done\n",
        "line 1 below the headings, has 6 cells, and there are 5",
    ),
    "a decimal comma": (f"ada,{STEM},pair,1,5\n", "points is '1' and the comment only '5': write 1.5, or a comment"),
    "an item and all of it": (
        f"ada,{STEM},pair,1,\nada,{STEM},*,5,\n",
        "line 2 below the headings: another line sets the points of pair too: keep one",
    ),
    "twice": (f"ada,{STEM},pair,1,\nAda,{STEM},pair,2,\n", f"several lines for ada {STEM} pair: keep one"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused(what, applied):
    text, words = REFUSED[what]
    with pytest.raises(ValueError) as caught:
        applied(HEAD + text)
    assert words in str(caught.value)


def test_of_a_large_class_only_some_are_named(applied):
    names = [f"{number:02}" for number in range(30)]
    with pytest.raises(ValueError, match=r"there is 00, 01, .*, 09, 20 more$"):
        applied(f"{HEAD}ada,{STEM},pair,1,\n", [row(name) for name in names])
    with pytest.raises(ValueError, match=r"there is Zoë \(m7\), bob, eve, hal$"):
        applied(f"{HEAD}ada,{STEM},pair,1,\n", CLASS[1:])


def test_two_of_one_name_are_refused(applied):
    with pytest.raises(ValueError, match="2 learners are 'ada'"):
        applied(f"{HEAD}ada,{STEM},pair,1,\n", [row("ada"), row("ada")])


def test_lines_separated_in_another_way_than_the_first_are_told(applied):
    for separator, name in ((";", "semicolons"), ("\t", "tabs")):
        line = separator.join(("ada", STEM, "pair", "1", "ill"))
        with pytest.raises(ValueError, match=f"line 1 below the headings, is separated by {name}, and the first line"):
            applied(f"{HEAD}{line}\n")


def test_a_missing_column_is_named(applied):
    with pytest.raises(ValueError, match="has no column points, only learner, exercise, item, score: its first line"):
        applied(f"learner,exercise,item,score\nada,{STEM},pair,1\n")
