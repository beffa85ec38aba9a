"""Numbers with their nouns."""

import pytest

from shmlab.base.plurals import counted


@pytest.mark.parametrize(("number", "words"), [(0, "0 steps"), (1, "1 step"), (2, "2 steps"), (12_345, "12,345 steps")])
def test_one_is_not_many(number, words):
    assert counted(number, "step") == words


def test_a_plural_of_its_own():
    assert [counted(number, "process", "processes") for number in (1, 2)] == ["1 process", "2 processes"]
