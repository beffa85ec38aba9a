"""What a check is asked, and what is refused."""

import pytest

from shmlab.explorer.question import Terms

BAD = [
    ("memory", "x", ValueError),
    ("crashes", -1, ValueError),
    ("max_states", 0, ValueError),
    ("spurious", 1, TypeError),
]


@pytest.mark.parametrize(("name", "value", "error"), BAD)
def test_a_bad_argument_is_named(name, value, error):
    with pytest.raises(error, match=f"{name} is {value!r}"):
        Terms(**{name: value})
