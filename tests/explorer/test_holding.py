"""Who holds which lock while steps go by."""

import types

import pytest

from shmlab.explorer import ops
from shmlab.explorer.explain.holding import Holding, takes


def step(rank, kind, target, value=True):
    return types.SimpleNamespace(rank=rank, kind=kind, target=target, value=value)


def after(*steps, **options):
    holding = Holding(**options)
    for one in steps:
        holding.follow(one)
    return holding


@pytest.mark.parametrize(
    ("kind", "value", "taken"),
    [
        ("acquire", True, True),
        ("acquire", ops.OWNER_DIED, True),
        ("try_acquire", True, True),
        ("try_acquire", False, False),
        ("release", None, False),
    ],
)
def test_what_takes_a_lock(kind, value, taken):
    assert takes(step(0, kind, "lock", value)) is taken


def test_who_was_told_of_a_death_holds_the_lock():
    assert after(step(1, "acquire", "lock", ops.OWNER_DIED)).holders("lock") == (1,)


def test_in_the_order_in_which_they_were_taken():
    holding = after(step(0, "acquire", "b"), step(0, "acquire", "a"), step(1, "acquire", "a"))
    assert (holding.of(0), holding.holders("a")) == (("b", "a"), (0, 1))


def test_a_unit_taken_twice_is_held_until_it_is_given_back_twice():
    twice = [step(0, "acquire", "units"), step(0, "acquire", "units")]
    assert after(*twice, step(0, "release", "units")).of(0) == ("units",)
    assert after(*twice, step(0, "release", "units"), step(0, "release", "units")).of(0) == ()


def test_a_unit_that_another_process_gives_back():
    steps = step(0, "acquire", "units"), step(1, "release", "units")
    assert after(*steps).holders("units") == (0,)
    assert after(*steps, by_any=True).holders("units") == ()
