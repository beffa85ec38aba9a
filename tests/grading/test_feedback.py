"""What is said about an item: every word of it, once, and none of it as HTML that a learner wrote."""

import dataclasses
import re

import pytest
from markup import Markup

from shmlab.grading.checks import feedback
from shmlab.grading.checks.grade import Points
from shmlab.grading.results import (
    MISSING,
    NOT_DONE,
    NOT_JUDGED,
    PARTLY,
    RIGHT,
    WRONG,
    ItemResult,
    PartResult,
)

EVIL = "<script>alert(1)</script><img src=x onerror='alert(2)'>&amp;\"'"
GOOD = PartResult("2 clerks", 1.0, "nothing fails in any interleaving", called="clerk × 2, every interleaving")
BAD = PartResult(
    "3 clerks",
    0.0,
    "nobody can go on",
    called="clerk × 3, every interleaving",
    expected="all seats are sold",
    misconception="no lock",
    explanation="Look at the test.",
    text="step 1\nstep 2",
    html="<table><tr><td>step 1</td></tr></table>",
    picture="aGVsbG8=",
)


def item(*parts, status=WRONG, score=0.0, **others):
    return ItemResult("reserve", 3, score, status, parts, **others)


HEADLINES = {
    "right": (item(GOOD, status=RIGHT, score=3.0), "✓ reserve: right, 3 of 3 points"),
    "partly": (item(GOOD, BAD, status=PARTLY, score=1.5), "◐ reserve: partly right, 1.5 of 3 points"),
    "wrong": (item(BAD), "✗ reserve: wrong, 0 of 3 points"),
    "missing": (item(status=MISSING, note="nothing defines reserve"), "✗ reserve: missing, 0 of 3 points"),
    "not done": (item(status=NOT_DONE, note="not done yet"), "○ reserve: not done yet, 0 of 3 points"),
    "not judged": (item(status=NOT_JUDGED, score=None, note="a timer"), "? reserve: not judged (3 points)"),
}


@pytest.mark.parametrize("what", HEADLINES)
def test_the_headline_says_it_in_words_and_points(what):
    said, headline = HEADLINES[what]
    assert feedback.as_text(said).splitlines()[0] == headline
    page = Markup(feedback.as_html(said))
    assert page.text.startswith(headline)
    assert said.status in page.values("span", "aria-label")
    assert said.note in page.text


PARTS = {
    "what holds": (GOOD, ["✓ 2 clerks: nothing fails in any interleaving", "called: clerk × 2, every interleaving"]),
    "what does not": (
        BAD,
        [
            "✗ 3 clerks",
            "called: clerk × 3, every interleaving",
            "came back: nobody can go on",
            "expected: all seats are sold",
            "it looks like: no lock. Look at the test.",
            "step 1",
            "step 2",
        ],
    ),
    "a value": (
        PartResult("a question", 0.5, "this is a part of the answer", called="f()", got="[1]", expected="two"),
        ["◐ a question: this is a part of the answer", "called: f()", "came back: [1]", "expected: two"],
    ),
    "a failure of its own": (
        PartResult("a question", 0.0, "ValueError: x"),
        ["✗ a question: ValueError: x"],
    ),
    "not judged": (
        PartResult("a question", None, "this could not be judged: the process waits"),
        ["? a question: this could not be judged: the process waits"],
    ),
    "a name without an explanation": (
        PartResult("a question", 0.0, "no", misconception="check-then-act"),
        ["✗ a question: no", "it looks like: check-then-act"],
    ),
}


@pytest.mark.parametrize("what", PARTS)
def test_a_part_says_what_was_called_what_came_back_and_what_was_expected(what):
    part, lines = PARTS[what]
    assert [line.strip() for line in feedback.as_text(item(part)).splitlines()[1:]] == lines
    words = Markup(feedback.as_html(item(part))).text
    for line in lines:
        if not line.startswith("step 2"):  # of the text alone
            assert all(word in words for word in line.split(": ")), line


def test_what_is_read_last_is_the_headline():
    said = item(GOOD, BAD, status=PARTLY, score=1.5)
    headline = "◐ reserve: partly right, 1.5 of 3 points"
    *_, judged, last = feedback.as_text(said, ending=("Judged: f.",)).splitlines()
    assert (judged, last) == ("  Judged: f.", headline)
    page = Markup(feedback.as_html(said, ending=("Judged: f <g>.",))).text
    assert page.endswith(headline) and page.count(headline) == 2 and "Judged: f <g>." in page
    assert Markup(feedback.as_html(said)).text.count(headline) == 1


def test_an_explanation_is_given_once():
    for said in (feedback.as_text(item(BAD, BAD)), feedback.as_html(item(BAD, BAD))):
        assert said.count("Look at the test.") == 1
        assert said.count("no lock, as above") == 1


def test_one_picture_with_its_table_is_enough():
    page = Markup(feedback.as_html(item(GOOD, BAD, dataclasses.replace(BAD))))
    assert page.tags.count("img") == 1
    assert page.text.count("step 1") == 1
    (alt,) = page.values("img", "alt")
    assert "nobody can go on" in alt
    assert "table below" in alt


def test_without_a_picture_the_table_stands_open():
    bare = PartResult("3 clerks", 0.0, "no", html="<table><tr><td>step 1</td></tr></table>")
    assert "img" not in Markup(feedback.as_html(item(bare))).tags
    assert "details" not in Markup(feedback.as_html(item(bare))).tags


def test_an_answer_that_holds_shows_no_failure():
    almost = PartResult("2 clerks", 1.0, "right", got="1", expected="2", misconception="x", text="steps", html="<hr/>")
    for said in (feedback.as_text(item(almost)), feedback.as_html(item(almost))):
        assert not re.search("came back|expected|looks like|steps|<hr", said)


def test_the_next_hint_is_folded_and_a_right_answer_has_none():
    page = Markup(feedback.as_html(item(BAD, hint="think again")))
    assert page.tags.count("summary") == 2  # of the table, of the hint
    assert "think again" in page.text
    assert "think again" not in feedback.as_text(item(BAD, hint="think again"))
    assert "hint" not in feedback.as_html(item(GOOD, status=RIGHT, score=3.0)).lower()


def test_what_is_not_judged_has_no_hint_unless_something_failed_beside_it():
    unknown = PartResult("5 clerks", None, "not all could be covered", undecided=True)
    for parts, hints in (([GOOD, unknown], 0), ([BAD, unknown], 1)):
        page = feedback.as_html(item(*parts, status=NOT_JUDGED, score=None, hint="think again"))
        assert page.count("think again") == hints


SAID_BY_LEARNERS = ["title", "sentence", "called", "got", "expected", "misconception", "explanation", "picture"]


@pytest.mark.parametrize("share", [1.0, 0.0, None])
@pytest.mark.parametrize("field", SAID_BY_LEARNERS)
def test_no_part_of_a_learners_words_becomes_html(field, share):
    words = dict.fromkeys(("title", "sentence", "called", "got", "expected"), "plain")
    part = PartResult(**words | {"share": share, "html": "<hr/>", "picture": "aa=", field: EVIL})
    check_harmless(feedback.as_html(item(part)))


@pytest.mark.parametrize("field", ["name", "note", "hint", "misconception"])
def test_no_other_words_become_html(field):
    given = {"name": "reserve", "points": 3, "score": 0.0, "status": WRONG, "parts": (BAD,), field: EVIL}
    check_harmless(feedback.as_html(ItemResult(**given)))


def check_harmless(text):
    """No tag and no attribute is from a learner."""
    page = Markup(text)
    assert "script" not in page.tags
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    assert set(page.values("img", "src")) <= {
        "data:image/png;base64,aGVsbG8=",
        "data:image/png;base64,aa=",
        f"data:image/png;base64,{EVIL}",
    }


def test_what_stands_between_backticks_is_code():
    assert feedback.with_code("use `a < b`, or c") == "use <code>a &lt; b</code>, or c"


def test_the_points_of_a_cell_are_a_number_that_a_notebook_does_not_show():
    points = Points(6)
    assert (points, repr(points)) == (6.0, "6.0")
    assert points._repr_html_().startswith("<!--")
