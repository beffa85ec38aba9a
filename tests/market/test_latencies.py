"""A day is replayed from process to process; lateness from when a tick was due counts what waited to be sent."""

import lockless
import pytest

from shmlab.market import Latencies, made_up_day, replay
from shmlab.market.latencies import DUE, SENT, HdrHistogram


def test_every_tick_comes_or_is_counted_as_lost_and_none_comes_before_it_is_sent():
    late = replay(made_up_day(ticks=500), lockless.put, lockless.take, seconds=0.2)
    assert len(late.due_ns) == len(late.sent_ns) == len(late.got_ns) == 500
    assert late.lost == 0  # 500 ticks fit into the tape
    assert min(late.of(SENT)) > 0
    assert all(sent >= due for sent, due in zip(late.sent_ns, late.due_ns, strict=True))


def test_a_stall_is_seen_from_when_ticks_were_due():
    late = replay(made_up_day(ticks=500), lockless.put, lockless.take, seconds=0.2, stall_s=0.1)
    assert late.percentile(DUE, 90) > 50_000_000
    assert all(late.percentile(DUE, one) >= late.percentile(SENT, one) for one in (50, 99, 99.99))
    assert "stalled for 0.1 s" in str(late)


def test_a_tick_that_is_not_the_days_is_an_error():
    def wrong(tape, wanted):
        tick = lockless.take(tape, wanted)
        return tick and (tick[0], tick[1] + 1, tick[2])

    with pytest.raises(RuntimeError, match="5 ticks that are not the day's"):
        replay(made_up_day(ticks=5), lockless.put, wrong, seconds=0.01)


def test_a_reader_that_raises_ends_the_replay():
    def broken(tape, wanted):
        raise LookupError

    with pytest.raises(RuntimeError, match="ended with 1"):
        replay(made_up_day(ticks=5), lockless.put, broken, seconds=0.01)


@pytest.mark.parametrize(
    "by_hand", [True, pytest.param(False, marks=pytest.mark.skipif(not HdrHistogram, reason="no"))]
)
def test_percentiles_are_those_of_the_values_to_three_digits(by_hand):
    due = tuple(range(10_000))
    late = Latencies(due, due, tuple(2 * one + 1_000 for one in due), 0.0, by_hand)
    for percent, wanted in ((50, 5_999), (99, 10_899), (99.99, 10_998)):
        assert late.percentile(DUE, percent) == pytest.approx(wanted, rel=2e-3)


def test_lost_ticks_have_no_latency_and_the_table_counts_them():
    late = Latencies((0, 5), (1, 5), (0, 9), 0.0, by_hand=True)
    assert (late.lost, late.of(DUE), late.of(SENT)) == (1, [4], [4])
    assert "2 ticks, 1 lost" in late.table().note
    assert "sorting" in late.table().note
