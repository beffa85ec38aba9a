"""Results are plain data: what they add up to, and that JSON gives them back as they were."""

import json

import pytest

from shmlab.grading.results import NOT_DONE, NOT_JUDGED, PARTLY, RIGHT, ItemResult, PartResult, SubmissionResult

PART = PartResult("2 processes", 0.5, "nothing goes wrong, but", "f × 2", "1", "2", "a name", "look", "t", "<p>", "aa=")
FULL = ItemResult("reserve", 3, 3.0, RIGHT, (PartResult("a", 1.0, "right"), PART), "a name", "a note", "a hint")
HALF = ItemResult("write_pair", 4, 2.1, PARTLY)
NONE = ItemResult("worst", 3, 0.0, NOT_DONE)
OPEN = ItemResult("barrier", 5, None, NOT_JUDGED)


def of(*items):
    return SubmissionResult("ada", "05_lost_updates", items, ("a note",))


@pytest.mark.parametrize("items", [(), (FULL,), (FULL, HALF, NONE, OPEN)], ids=len)
def test_json_gives_back_what_was(items):
    assert SubmissionResult.from_dict(json.loads(json.dumps(of(*items).as_dict()))) == of(*items)


SUMS = {
    "all right": ((FULL,), 3.0, 3, True),
    "some of it": ((FULL, HALF, NONE), 5.1, 10, True),
    "one not judged": ((FULL, OPEN), 3.0, 8, False),
    "none judged": ((OPEN,), 0, 5, False),
    "nothing there": ((), 0, 0, False),
}


@pytest.mark.parametrize("what", SUMS)
def test_points_are_added_up(what):
    items, score, points, judged = SUMS[what]
    found = of(*items)
    assert (found.score, found.points, found.judged) == (score, points, judged)


def test_a_sum_of_fractions_has_two_decimals():
    thirds = [ItemResult(f"item {number}", 0.1, 0.1, RIGHT) for number in range(3)]
    assert of(*thirds).score == 0.3


def test_nothing_that_was_said_is_taken_for_something_else():
    told = of(FULL).as_dict()
    with pytest.raises(TypeError):
        SubmissionResult.from_dict(told | {"items": [told["items"][0] | {"grade": 1}]})
    with pytest.raises(KeyError):
        SubmissionResult.from_dict({"learner": "ada"})
