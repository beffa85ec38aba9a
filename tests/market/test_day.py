"""The made-up day: the same for the same seed, in order, and lively at both ends."""

import numpy
import pytest

from shmlab.market import made_up_day
from shmlab.market.day import DAY_S, clock


def test_the_same_seed_gives_the_same_day_and_another_one_another():
    one, again, other = made_up_day(seed=5), made_up_day(seed=5), made_up_day(seed=6)
    for name in ("at_s", "price_cents", "volume"):
        assert numpy.array_equal(getattr(one, name), getattr(again, name))
        assert not numpy.array_equal(getattr(one, name), getattr(other, name))


@pytest.mark.parametrize("ticks", [1, 7, 20_000])
def test_ticks_come_in_order_within_the_day_at_prices_above_zero(ticks):
    day = made_up_day(ticks=ticks)
    assert len(day) == len(day.price_cents) == len(day.volume) == ticks
    assert (numpy.diff(day.at_s) >= 0).all()
    assert day.at_s[0] >= 0 and day.at_s[-1] < DAY_S
    assert (day.price_cents > 0).all() and (day.volume >= 100).all()


def test_more_ticks_come_at_both_ends_of_the_day_than_in_its_middle():
    first, *_, last = made_up_day().per_second().reshape(13, -1).sum(axis=1)
    middle = made_up_day().per_second().reshape(13, -1).sum(axis=1)[6]
    assert min(first, last) > 1.5 * middle


def test_the_table_has_a_row_for_each_half_hour_and_says_that_it_is_made_up():
    table = made_up_day().table()
    assert len(table.rows) == 13
    assert sum(int(row[1].replace(",", "")) for row in table.rows) == 20_000
    assert "no market was recorded" in table.note
    assert "–" in str(made_up_day(ticks=1))  # half hours without a tick


def test_a_day_without_ticks_is_refused():
    with pytest.raises(ValueError, match="1 or more"):
        made_up_day(ticks=0)


def test_the_clock_counts_from_the_opening():
    assert [clock(0), clock(DAY_S)] == ["09:30", "16:00"]
