import dataclasses
import itertools
import json
import os

import pytest

from shmlab import bench, workers
from shmlab.bench import Point, Throughput

FACTS = {"rounds": 3, "pinned": True, "host": "a machine"}


@pytest.fixture
def result():
    points = (
        Point("shared memory", 64, 4000, (40e6, 50e6, 45e6)),
        Point("pipe", 64, 4000, (80e6, 25e6, 45e6)),
        Point("shared memory", 2**20, 32, (9e9, 8e9, 1e9)),
        Point("pipe", 2**20, 32, (4e8, 5e8, 4.5e8)),
    )
    return Throughput(points, **FACTS)


def test_a_small_experiment_measures_every_transport_at_every_size():
    sizes = (64, 2**16)
    found = bench.throughput(sizes_bytes=sizes, rounds=2, progress=False)
    assert found.transports == list(bench.TRANSPORTS)
    assert found.sizes_bytes == list(sizes)
    assert len(found.points) == len(sizes) * len(bench.TRANSPORTS)
    for point in found.points:
        assert len(point.rates) == 2
        assert min(point.rates) > 0
    assert (found.rounds, found.pinned) == (2, True)


def test_one_transport_may_be_measured_alone_and_not_pinned():
    found = bench.throughput(transports=("pipe",), sizes_bytes=(4096,), rounds=1, pin=False, progress=False)
    assert (found.transports, found.pinned, found.rounds) == (["pipe"], False, 1)


def test_an_unknown_transport_is_refused():
    with pytest.raises(ValueError, match="transport 'pigeon' is unknown: choose from shared memory, pipe"):
        bench.throughput(transports=("pipe", "pigeon"))


@pytest.mark.parametrize("options", [{"rounds": 0}, {"sizes_bytes": ()}, {"sizes_bytes": (0,)}, {"transports": ()}])
def test_an_experiment_of_nothing_is_refused(options):
    with pytest.raises(ValueError, match="|".join(options)):
        bench.throughput(progress=False, **{"sizes_bytes": (64,), "rounds": 1} | options)


def test_the_median_of_the_rounds_is_reported(result):
    assert result.point("pipe", 64).median == 45e6
    assert result.point("shared memory", 2**20).median == 8e9


def test_a_ratio_is_taken_round_by_round(result):
    assert result.ratio("shared memory", "pipe", 64) == 1.0
    assert result.ratio("shared memory", "pipe", 2**20) == 16.0


def test_results_are_frozen(result):
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.rounds = 4
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.points[0].rates = ()


def test_results_come_back_from_json(result):
    assert Throughput.from_json(result.to_json()) == result
    assert json.loads(result.to_json())["points"][0]["rates"] == [40e6, 50e6, 45e6]


def test_the_table_has_a_row_for_each_size(result):
    table = result.table()
    assert table.headings == ("message", "shared memory, MB/s", "pipe, MB/s")
    assert table.rows == (("64 bytes", "45 (40–50)", "45 (25–80)"), ("1 MiB", "8,000 (1,000–9,000)", "450 (400–500)"))
    assert table.note == "median of 3 rounds (lowest–highest); pinned; a machine"


def test_the_table_says_when_nothing_was_pinned(result):
    assert "not pinned" in repr(dataclasses.replace(result, pinned=False))


@pytest.mark.parametrize("size_bytes", bench.SIZES_BYTES)
def test_the_number_of_messages_is_within_bounds(size_bytes):
    assert bench.FEWEST_MESSAGES <= bench.message_count(size_bytes) <= bench.MOST_MESSAGES


def test_sizes_reach_from_64_bytes_to_4_mebibytes():
    assert (min(bench.SIZES_BYTES), max(bench.SIZES_BYTES)) == (64, 4 * 2**20)


@pytest.mark.parametrize("size_bytes", [1, 7, 8, 64, 65, 4096, 100_000])
def test_no_two_payloads_are_alike(size_bytes):
    payloads = [bench.payload(index, size_bytes) for index in range(5)]
    assert {len(made) for made in payloads} == {size_bytes}
    assert len(set(payloads)) == 5


def test_neighbouring_words_of_a_payload_differ():
    made = bench.payload(3, 4096 + 64)
    words = [made[place : place + 8] for place in range(0, len(made), 8)]
    assert all(one != other for one, other in itertools.pairwise(words))


class Liar:
    """A pipe that changes one byte of what it carries."""

    def __init__(self, message_bytes):
        self._pipe = bench.TRANSPORTS["pipe"](message_bytes)
        self.close, self.destroy, self.send = self._pipe.close, self._pipe.destroy, self._pipe.send

    def receive(self):
        return b"\0" + self._pipe.receive()[1:]


@pytest.mark.parametrize("size_bytes", [64, 2**20])
def test_a_message_that_arrives_changed_is_an_error(size_bytes):
    def measure():
        bench.TRANSPORTS["liar"] = Liar
        return bench._trial("liar", size_bytes, bench.message_count(size_bytes), None)

    # When the reader has gone, the writer must learn it, and not wait for room for ever.
    with pytest.raises(RuntimeError, match="a message arrived changed"):
        workers.start(measure, deadline_s=10).result()


def test_a_trial_leaves_no_process_behind():
    def measure():
        bench._trial("pipe", 64, 10, None)
        try:
            os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return "no child is left"

    assert workers.start(measure).result() == "no child is left"
