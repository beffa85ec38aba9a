"""Files for Canvas's and Moodle's import: their columns, our scores, and no 0 that nobody gave."""

import csv
import dataclasses

import pytest
from classes import OTHER, STEM, absent, item, row, unread
from test_roster import EXPORT, OWN, WORKSHEET

from shmlab.grading.classroom import gradebooks, roster
from shmlab.grading.classroom.gradebooks import kind_of, write_gradebook


@pytest.fixture
def people(tmp_path):
    def call(text):
        (tmp_path / "roster.csv").write_text(text)
        return roster.read(tmp_path / "roster.csv")

    return call


def of(roster, *rows):
    """Rows with their Persons."""
    return [dataclasses.replace(one, person=roster.match(one.learner, one.number)) for one in rows]


def lines(path):
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_canvas_gets_its_own_columns_back(people, tmp_path):
    known = people(EXPORT)
    told = write_gradebook(
        of(known, row("lovelaceada", number="123"), absent("Zoë Ås")), tmp_path / "g", "canvas", known
    )
    assert lines(tmp_path / "g") == [
        {"Student": "Lovelace, Ada", "ID": "123", "SIS User ID": "m1", "SIS Login ID": "ada", "Section": "Monday",
         "Lost updates (77)": "10"},
        {"Student": "Ås, Zoë", "ID": "124", "SIS User ID": "m2", "SIS Login ID": "zoe", "Section": "Monday",
         "Lost updates (77)": ""},
    ]  # fmt: skip
    assert told == f"{STEM} in column 'Lost updates (77)', 7 points as 10; no grade for Zoë Ås"


def test_canvas_from_a_roster_of_ones_own(people, tmp_path):
    known = people(OWN)
    write_gradebook(
        of(known, row("Ada Lovelace"), row("Ada Lovelace", exercise=OTHER)), tmp_path / "g", "canvas", known
    )
    assert lines(tmp_path / "g") == [
        {"Student": "Ada Lovelace", "ID": "", "SIS User ID": "m1", "SIS Login ID": "ada@school.org", "Section": "",
         STEM: "7", OTHER: "7"}
    ]  # fmt: skip


def test_canvas_without_a_roster_knows_the_numbers(tmp_path):
    write_gradebook([row("lovelaceada", number="123")], tmp_path / "g", "canvas")
    (line,) = lines(tmp_path / "g")
    assert list(line) == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", STEM]
    assert (line["Student"], line["ID"], line[STEM]) == ("lovelaceada", "123", "7")


def test_a_worksheet_of_moodle_is_filled_in(people, tmp_path):
    known = people(WORKSHEET)
    write_gradebook(
        of(known, row("Ada Lovelace", number="123"), unread("Zoë Ås", "no")), tmp_path / "g", "moodle", known
    )
    ada, zoe = lines(tmp_path / "g")
    assert ada == {
        "Identifier": "Participant 123",
        "Full name": "Ada Lovelace",
        "Email address": "ada@school.org",
        "Status": "Submitted",
        "Grade": "10",
        "Maximum Grade": "10",
        "Last modified (grade)": "-",
    }
    assert (zoe["Identifier"], zoe["Grade"]) == ("Participant 124", "")


def test_a_worksheet_is_for_one_exercise(people, tmp_path):
    known = people(WORKSHEET)
    with pytest.raises(ValueError, match=f"is for one exercise, and here are {STEM}, {OTHER}: grade one at a time"):
        write_gradebook([row("ada"), row("ada", exercise=OTHER)], tmp_path / "g", "moodle", known)


def test_moodle_imports_by_id_or_address(people, tmp_path):
    known = people(OWN)
    told = write_gradebook(
        of(known, row("Ada Lovelace"), row("eve")), tmp_path / "g", "moodle", known, {STEM: "Week 5"}
    )
    assert told.endswith("; everybody has a grade; not in the file, as the roster has no id for them: eve")
    assert lines(tmp_path / "g") == [  # Moodle stops at a line of nobody that it knows
        {"Full name": "Ada Lovelace", "ID number": "m1", "Email address": "ada@school.org", "Week 5": "7"},
    ]


@pytest.mark.parametrize("text", [EXPORT, WORKSHEET])
def test_points_are_those_of_the_platform(text, people, tmp_path):
    """Of 7 points with us and 10 there, 3.5 are 5."""
    known = people(text)
    half = row("Ada Lovelace", item("reserve", 3, 1.5), item("pair", 4, 2.0))
    told = write_gradebook(of(known, half), tmp_path / "g", known.kind, known)
    (line,) = lines(tmp_path / "g")
    assert "5" in (line.get("Grade"), line.get("Lost updates (77)"))
    assert "', 7 points as 10; everybody has a grade" in told
    as_many = people(text.replace("10", "7"))
    assert "points as" not in write_gradebook(of(as_many, half), tmp_path / "g", known.kind, as_many)
    assert "3.5" in lines(tmp_path / "g")[0].values()


NO_GRADE = {
    "not judged": [unread("ada", "the file is empty")],
    "nothing handed in": [absent("ada")],
    "handed in under two names": [row("ada"), row("ada")],
}


@pytest.mark.parametrize("what", NO_GRADE)
def test_what_is_not_known_is_no_zero(what, tmp_path):
    write_gradebook(NO_GRADE[what], tmp_path / "g", "canvas")
    assert lines(tmp_path / "g")[0][STEM] == ""


def test_a_zero_that_the_teacher_gave_is_one(tmp_path):
    write_gradebook([absent("ada", by_hand=("pair",))], tmp_path / "g", "canvas")
    assert lines(tmp_path / "g")[0][STEM] == "0"


def test_no_formula_reaches_a_spreadsheet(tmp_path):
    write_gradebook([row("=1+1")], tmp_path / "g", "canvas")
    assert lines(tmp_path / "g")[0]["Student"] == "'=1+1"


def test_the_platform_is_the_rosters_unless_it_is_said(people):
    assert kind_of(None, people(EXPORT)) == "canvas"
    assert kind_of(None, people(WORKSHEET)) == "moodle"
    assert kind_of("moodle", people(EXPORT)) == "moodle"
    for nothing in (None, people(OWN)):
        with pytest.raises(ValueError, match="give --gradebook-format canvas or moodle"):
            kind_of(None, nothing)


HEADINGS = {
    "05 Lost updates (1)": True,
    "05_lost_updates": True,
    "Lost Updates": True,
    "Updates": False,
    "Lost updates (1)|Lost updates again (2)": False,
}


@pytest.mark.parametrize("headings", HEADINGS)
def test_the_column_of_an_exercise(headings):
    found = gradebooks._column(STEM, headings.split("|"))
    assert found == (headings if HEADINGS[headings] else "")
    assert gradebooks._column(STEM, ()) == STEM


def test_an_exercise_without_a_column_in_the_export_has_none_in_the_gradebook(people, tmp_path):
    known = people(EXPORT)
    rows = of(known, row("lovelaceada", number="123"), row("lovelaceada", number="123", exercise=OTHER))
    told = write_gradebook(rows, tmp_path / "g", "canvas", known)
    (line,) = lines(tmp_path / "g")
    assert list(line)[-1] == "Lost updates (77)"
    assert OTHER not in told and told.endswith("everybody has a grade")
    (doubt,) = gradebooks.doubts("canvas", known, [STEM, OTHER])
    assert doubt == (
        f"no column found for {OTHER}, and its grades are not in the gradebook; your export has: Lost updates (77); "
        f'say --column {OTHER}="…" with one of these'
    )
    (doubt,) = gradebooks.doubts("canvas", known, [STEM, OTHER], {OTHER: "Week 6"})
    assert doubt.startswith(f"your export has no column 'Week 6' for {OTHER}: Canvas will take it for a new assignment")
    assert gradebooks.doubts("canvas", people(OWN), [OTHER]) == gradebooks.doubts("canvas", None, [OTHER]) == []
    assert gradebooks.doubts("moodle", known, [OTHER]) == []
