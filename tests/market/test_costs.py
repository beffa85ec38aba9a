"""What a writer spends on its readers: every way delivers whole quotes, and a stopped reader is told apart."""

import lockless
import pytest

from shmlab.market import WAYS, Cost, Costs, writer_costs
from shmlab.market.costs import BOARD, LOCK
from shmlab.market.ways import STOP_S


def test_each_way_is_measured_with_each_number_of_readers_and_no_copy_is_mixed():
    costs = writer_costs(lockless.put_quote, lockless.copy_quote, readers=(1, 3), quotes=100, rounds=1, progress=False)
    assert [cost.way for cost in costs.costs] == list(WAYS)
    assert costs.readers == [1, 3]
    assert costs.mixed == 0 < costs.copies
    assert all(ns > 0 for cost in costs.costs for rounds in cost.each_ns.values() for ns in rounds)
    assert len(costs.table().rows) == len(WAYS)
    assert costs.ratio(BOARD, BOARD, 3) == 1


def test_a_reader_that_stops_with_the_mutex_holds_the_writer_up():
    costs = writer_costs(
        lockless.put_quote, lockless.copy_quote, readers=(1,), among=(LOCK,), quotes=10, rounds=1, progress=False
    )
    (slowest,) = costs.costs[0].slowest_ns
    assert slowest > STOP_S * 1e9 / 2.1


def test_mixed_copies_are_counted():
    def torn(board):
        bid = board.bid
        return bid, bid, True

    costs = writer_costs(lockless.put_quote, torn, readers=(1,), among=(BOARD,), quotes=50, rounds=1, progress=False)
    assert costs.mixed == costs.copies > 0


@pytest.mark.parametrize("given", [{"among": ("smoke",)}, {"readers": (0,)}, {"readers": (99,)}])
def test_what_cannot_be_measured_is_refused(given):
    with pytest.raises(ValueError, match=r"smoke|readers is"):
        writer_costs(lockless.put_quote, lockless.copy_quote, **given)


def test_a_ratio_is_of_the_medians():
    costs = Costs((Cost("a", {2: (1.0, 9.0, 6.0)}, (1,)), Cost("b", {2: (3.0, 2.0, 4.0)}, (1,))), 1, 0)
    assert costs.ratio("a", "b", 2) == 2
