"""Who is in a class: those who handed in, those who did not, and those whom nobody knows."""

import pytest
from classes import OTHER, STEM, row
from graded import source
from test_roster import EXPORT, OWN

from shmlab.grading.classroom import roster
from shmlab.grading.classroom.classroom import rows_of
from shmlab.grading.classroom.rows import remarks
from shmlab.grading.submissions.find import NOTHING, Entry

SOURCES = {stem: source(stem) for stem in (STEM, OTHER)}


def entry(learner, exercise=STEM, **others):
    return Entry(learner, exercise, f"{learner}.ipynb", (), lambda: b"", **others)


def result(learner, exercise=STEM):
    return row(learner, exercise=exercise).result


@pytest.fixture
def people(tmp_path):
    def call(text):
        (tmp_path / "roster.csv").write_text(text)
        return roster.read(tmp_path / "roster.csv")

    return call


def who(rows):
    return sorted((one.learner, one.exercise, one.id, one.absent) for one in rows)


def test_results_are_known_by_their_entries():
    rows, told = rows_of([result("ada"), result("bob")], [entry("ada", late=True, number="7"), entry("bob")], SOURCES)
    ada, bob = sorted(rows, key=lambda one: one.learner)
    assert (ada.late, ada.number, bob.late, bob.number) == (True, "7", False, "")
    assert told == []


def test_an_empty_folder_is_a_row_for_each_exercise_of_the_class():
    entries = [entry("ada"), entry("ada", OTHER), entry("hal", "", absent=True, problem=NOTHING)]
    rows, _ = rows_of([result("ada"), result("ada", OTHER)], entries, SOURCES)
    hal = [one for one in rows if one.learner == "hal"]
    assert {(one.exercise, one.score, one.points, one.judged) for one in hal} == {
        (STEM, 0, 10, True), (OTHER, 0, 10, True),
    }  # fmt: skip
    assert {remark for one in hal for remark in remarks(one)} == {("", NOTHING)}


def test_the_roster_says_who_is_missing_and_who_is_a_stranger(people):
    results = [result("ada"), result("eve")]
    rows, told = rows_of(results, [entry("ada"), entry("eve")], SOURCES, people(OWN))
    assert who(rows) == [
        ("Ada Lovelace", STEM, "m1", False),
        ("Zoë Ås", STEM, "m2", True),
        ("eve", STEM, "eve", False),
    ]
    assert told == ["Not in the roster: eve."]


def test_who_may_be_one_of_two_has_not_handed_in_nothing(people):
    rows, told = rows_of(
        [result("Li Wei")], [entry("Li Wei")], SOURCES, people("id,name\nm7,Li Wei\nm8,Li Wei\nm9,Ada\n")
    )
    assert who(rows) == [("Ada", STEM, "m9", True), ("Li Wei", STEM, "Li Wei", False)]
    (sentence,) = told
    assert sentence.startswith("Not to be told apart by the roster")
    assert sentence.endswith("Li Wei may be m7 or m8.")


def test_an_empty_folder_of_somebody_in_the_roster_is_one_row(people):
    entries = [entry("ada"), entry("Zoë Ås", "", absent=True)]
    rows, told = rows_of([result("ada")], entries, SOURCES, people(OWN))
    assert who(rows) == [("Ada Lovelace", STEM, "m1", False), ("Zoë Ås", STEM, "m2", True)]
    assert told == []


def test_numbers_of_canvas_lead_to_its_roster(people):
    rows, _ = rows_of([result("x"), result("y")], [entry("x", number="123"), entry("y", number="124")], SOURCES,
                      people(EXPORT))  # fmt: skip
    assert who(rows) == [("Ada Lovelace", STEM, "m1", False), ("Zoë Ås", STEM, "m2", False)]


def test_one_learner_under_two_names_is_told(people):
    _, told = rows_of([result("ada"), result("m1")], [entry("ada"), entry("m1")], SOURCES, people(OWN))
    assert told == [f"Handed in under two names: Ada Lovelace ({STEM}: ada and m1)."]
