"""What a function returned or raised is the same on the other side of the wall: type, args, attributes, numbers."""

import decimal
import fractions
import pathlib

import numpy
import pytest

from shmlab.grading.messages.answers import checked_exception, describe_exception, rebuilt_exception
from shmlab.grading.messages.values import plain
from shmlab.grading.messages.wire import Tampered

TRAVEL = [
    fractions.Fraction(2, 3), decimal.Decimal("-1.50"), decimal.Decimal("NaN"), 1 + 2j, range(3, 9, 2), {range(3)},
    frozenset({1, 2}), {fractions.Fraction(1, 2): [decimal.Decimal("1e5")]}, True, 2.5, "text", b"bytes", None,
]  # fmt: skip


@pytest.mark.parametrize("value", TRAVEL, ids=repr)
def test_a_value_travels_as_it_is(value):
    found = plain(value)
    assert type(found) is type(value)
    assert repr(found) == repr(value)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [(numpy.int64(3), 3), (numpy.float32(0.5), 0.5), (numpy.bool_(True), True), (memoryview(b"ab"), b"ab")],
)
def test_what_is_like_a_plain_value_becomes_one(value, wanted):
    assert plain(value) == wanted
    assert type(plain(value)) is type(wanted)


def test_what_is_none_does_not_travel():
    with pytest.raises(TypeError, match="object: plain data travels"):
        plain(object())


def over_there(error):
    return rebuilt_exception(*checked_exception(describe_exception(error)))


@pytest.mark.parametrize(
    "error", [ValueError("body 1"), KeyError("x"), ValueError(3, "b"), ValueError(), ZeroDivisionError("by zero")]
)
def test_an_exception_of_pythons_own_is_the_same_again(error):
    found = over_there(error)
    assert (type(found), found.args, str(found)) == (type(error), error.args, str(error))


def test_an_error_of_the_system_keeps_its_number():
    with pytest.raises(FileNotFoundError) as caught:
        pathlib.Path("/none/such").read_text()
    found = over_there(caught.value)
    assert (found.errno, found.filename, str(found)) == (2, "/none/such", str(caught.value))
    assert isinstance(found, FileNotFoundError)


def test_an_exception_of_ones_own_keeps_name_base_args_and_attributes():
    error = type("Full", (OverflowError,), {})("no room", 3)
    error.seat = 4
    error.add_note("a note")
    found = over_there(error)
    assert (type(found).__name__, found.args, found.seat) == ("Full", ("no room", 3), 4)
    assert isinstance(found, OverflowError)
    assert found.__notes__ == ["a note"]


@pytest.mark.parametrize("found", [[], ["ValueError"], ["no name", "", "", [], []], ["A", "", "B", [], [["x"]]]])
def test_what_cannot_have_been_told_is_tampered_with(found):
    with pytest.raises(Tampered):
        checked_exception(found)
