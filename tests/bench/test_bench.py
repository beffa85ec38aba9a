import dataclasses
import itertools
import json
import os

import pytest

from shmlab import bench
from shmlab.bench import Experiment, one_way, pair, round_trips, this_machine
from shmlab.bench.experiment import Point, Throughput
from shmlab.bench.one_way import Usage
from shmlab.bench.pair import Plan, payload
from shmlab.bench.report import SHARES, Latency, Report, Trips
from shmlab.processes import workers
from shmlab.transports import TRANSPORTS, Kind, available, catalogue, chosen, pipes

FACTS = {"rounds": 3, "pinned": True, "host": "a machine"}
SHORT_S = 0.002
BUILT_IN = [name for name, kind in TRANSPORTS.items() if not kind.module and not kind.missing()]


@pytest.fixture
def result():
    points = (
        Point("shared memory", 64, 4000, (40e6, 50e6, 45e6), (Usage(0.004, 8, 4),) * 3),
        Point("pipe", 64, 4000, (80e6, 25e6, 45e6), (Usage(0.008, 800, 4), Usage(0.04, 400, 4), Usage(0.02, 40, 4))),
        Point("shared memory", 2**20, 32, (9e9, 8e9, 1e9)),
        Point("pipe", 2**20, 32, (4e8, 5e8, 4.5e8)),
    )
    return Throughput(points, **FACTS, copies=((64, 4.5e8), (2**20, 1.6e10)))


@pytest.fixture
def times():
    quantiles = tuple(float(1000 * (index + 1)) for index in range(len(SHARES)))
    slower = tuple(3 * one for one in quantiles)
    points = (Trips("shared memory", 64, 500, (quantiles,) * 2), Trips("pipe", 64, 500, (slower, quantiles)))
    return Latency(points, 2, True, "a machine", cache_line_ns=120.0)


# Measuring


def test_a_small_experiment_measures_every_transport_at_every_size():
    sizes = (64, 2**16)
    found = bench.throughput(transports=BUILT_IN, sizes_bytes=sizes, rounds=2, seconds=SHORT_S, progress=False)
    assert found.transports == BUILT_IN
    assert found.sizes_bytes == list(sizes)
    assert len(found.points) == len(sizes) * len(BUILT_IN)
    for point in found.points:
        assert len(point.rates) == len(point.usages) == 2
        assert min(point.rates) > 0 and point.cpu_s_a_million > 0
    assert [size for size, rate in found.copies if rate > 0] == list(sizes)
    assert (found.rounds, found.pinned, found.host) == (2, True, this_machine.fingerprint())


def test_one_transport_may_be_measured_alone_and_not_pinned():
    found = bench.throughput(
        transports="pipe", sizes_bytes=(4096,), rounds=1, pin=False, seconds=SHORT_S, progress=False
    )
    assert (found.transports, found.pinned, found.rounds) == (["pipe"], False, 1)


def test_round_trips_of_every_transport_are_measured():
    found = bench.latency(transports=BUILT_IN, rounds=1, seconds=SHORT_S, progress=False)
    assert found.transports == BUILT_IN
    for point in found.points:
        assert point.trips >= pair.FEWEST_MESSAGES
        assert 0 < point.within(0.5) <= point.within(0.99) <= point.within(1.0)


@pytest.mark.parametrize("name", ["shared memory", "pipe"])
@pytest.mark.parametrize("options", [{"touch": True}, {"batch": 7}, {"batch": 7, "touch": True}])
def test_other_ways_to_send_and_receive_are_measured(name, options):
    found = bench.throughput(
        transports=(name,), sizes_bytes=(1000, 2**22), rounds=1, seconds=SHORT_S, progress=False, **options
    )
    assert len(found.points) == 2
    assert (found.batch, found.touched) == (options.get("batch", 1), options.get("touch", False))


def test_what_is_known_grows_trial_by_trial():
    steps = list(Experiment(("pipe", "FIFO"), (64,), 2, seconds=SHORT_S).growing())
    assert len(steps) == len(Experiment(("pipe", "FIFO"), (64,), 2)) == 4
    assert [sum(len(point.rates) for point in step.points) for step in steps] == [1, 2, 3, 4]


def test_every_round_sends_as_many_messages():
    first, *rest = Experiment(("pipe",), (64,), 3, seconds=SHORT_S).growing()
    assert {step.points[0].messages for step in rest} == {first.points[0].messages}


def test_an_unknown_transport_is_refused():
    with pytest.raises(ValueError, match="transport 'pigeon' is unknown: choose from shared memory"):
        bench.throughput(transports=("pipe", "pigeon"))


def test_a_transport_that_is_not_installed_is_refused_with_the_cure(monkeypatch):
    absent = Kind("absent", "others", None, waits="sleeps", module="no_such_module")
    monkeypatch.setitem(TRANSPORTS, "absent", absent)
    with pytest.raises(ModuleNotFoundError, match="absent is not installed: `pip install absent`"):
        bench.throughput(transports=("absent",))
    assert available(("pipe", "absent")) == ("pipe",)
    with pytest.raises(ValueError, match="absent: absent is not installed"):
        chosen(["absent"])


@pytest.mark.parametrize(
    "options",
    [{"rounds": 0}, {"sizes_bytes": ()}, {"sizes_bytes": (0,)}, {"transports": ()}, {"batch": 0}, {"seconds": 0}],
)
def test_an_experiment_of_nothing_is_refused(options):
    with pytest.raises(ValueError, match="|".join(options)):
        bench.throughput(progress=False, **{"sizes_bytes": (64,), "rounds": 1} | options)


def test_quantiles_are_of_the_trips_themselves():
    found = dict(zip(SHARES, bench.quantiles(range(1000, 0, -1)), strict=True))
    assert (found[0.0], found[0.5], found[0.99], found[0.999], found[1.0]) == (1, 501, 991, 1000, 1000)
    assert bench.quantiles([7]) == (7.0,) * len(SHARES)


class Liar(pipes.Pipe):
    """A pipe that changes one byte of what it carries."""

    def receive(self, timeout=None):
        return b"\0" + super().receive(timeout)[1:]


@pytest.mark.parametrize("size_bytes", [64, 2**20])
@pytest.mark.parametrize("measure", [one_way.throughput, round_trips.latency])
def test_a_message_that_arrives_changed_is_an_error(size_bytes, measure):
    def run():
        pair.TRANSPORTS["liar"] = Kind("liar", catalogue.PIPES, Liar, waits="sleeps")
        measure(Plan("liar", size_bytes, SHORT_S))

    with pytest.raises(RuntimeError, match=r"a message (arrived|came back) changed"):
        workers.start(run, deadline_s=30).result()


class Silent(pipes.Pipe):
    """A pipe whose reader dies at its first message."""

    def receive(self, timeout=None):
        os._exit(3)


def test_a_reader_that_dies_ends_the_trial_with_an_error():
    def run():
        pair.TRANSPORTS["silent"] = Kind("silent", catalogue.PIPES, Silent, waits="sleeps")
        one_way.throughput(Plan("silent", 64, SHORT_S))

    with pytest.raises((RuntimeError, BrokenPipeError), match=r"ended early|reader"):
        workers.start(run, deadline_s=30).result()


@pytest.mark.parametrize("measure", [one_way.throughput, round_trips.latency])
def test_a_trial_leaves_no_process_behind(measure):
    def run():
        measure(Plan("pipe", 64, SHORT_S))
        try:
            os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return "no child is left"

    assert workers.start(run).result() == "no child is left"


def test_sizes_reach_from_64_bytes_to_4_mebibytes():
    assert (min(bench.SIZES_BYTES), max(bench.SIZES_BYTES)) == (64, 4 * 2**20)


@pytest.mark.parametrize("size_bytes", [1, 7, 8, 64, 65, 4096, 100_000])
def test_no_two_payloads_are_alike(size_bytes):
    payloads = [payload(index, size_bytes) for index in range(5)]
    assert {len(made) for made in payloads} == {size_bytes}
    assert len(set(payloads)) == 5


def test_neighbouring_words_of_a_payload_differ():
    made = payload(3, 4096 + 64)
    words = [made[place : place + 8] for place in range(0, len(made), 8)]
    assert all(one != other for one, other in itertools.pairwise(words))


@pytest.mark.parametrize("place", [0, 7, 8, 200, 248, 254])
def test_every_byte_is_touched(place):
    made = bytearray(255)
    before = one_way._touch(made)
    made[place] = 1
    assert one_way._touch(made) != before


@pytest.mark.parametrize("size_bytes", [1, 64, 2**16, 2**24])
def test_so_many_messages_are_compared_byte_by_byte(size_bytes):
    assert pair.FEWEST_MESSAGES <= one_way.verified_count(size_bytes) <= one_way.MOST_VERIFIED


# The machine


def test_the_fingerprint_names_the_machine_and_the_code():
    found = this_machine.fingerprint()
    assert found == this_machine.fingerprint()
    assert found.cpus == len(os.sched_getaffinity(0))
    assert found.python in str(found) and found.kernel in str(found)
    assert len(found.digest) == 12


def test_the_machine_is_measured_beside_it():
    assert workers.start(this_machine.copy_rate, 4096, SHORT_S).result() > 0
    trips = workers.start(this_machine.cache_line_round_trips, 50).result()
    assert len(trips) == (50 if len(os.sched_getaffinity(0)) > 1 else 0)
    assert all(trip > 0 for trip in trips)


# The results


def test_the_median_of_the_rounds_is_reported(result):
    assert result.point("pipe", 64).median == 45e6
    assert result.point("shared memory", 2**20).median == 8e9
    assert result.point("shared memory", 2**20).messages_a_second == 8e9 / 2**20


def test_a_point_that_was_not_measured_is_named(result):
    with pytest.raises(ValueError, match="'FIFO' at 64 bytes was not measured: there are shared memory, pipe"):
        result.point("FIFO", 64)


def test_a_ratio_is_taken_round_by_round(result):
    assert result.ratio("shared memory", "pipe", 64) == 1.0
    assert result.ratio("shared memory", "pipe", 2**20) == 16.0
    assert result.ratios("shared memory", "pipe", 64) == [0.5, 2.0, 1.0]


def test_costs_are_told_for_a_million_messages_and_for_a_gigabyte(result):
    point = result.point("shared memory", 64)
    assert point.cpu_s_a_million == pytest.approx(1.0)
    assert point.cpu_s_a_gigabyte == pytest.approx(15.625)
    assert point.switches_a_message == pytest.approx(0.002)
    assert point.forced_switches_a_message == pytest.approx(0.001)
    assert result.point("pipe", 2**20).cpu_s_a_million is None
    first, second = result.cost.table().rows
    assert first == ("shared memory", "64 bytes", "15.6", "1", "0.002", "0.001")
    assert second[:4] == ("pipe", "64 bytes", "78.1", "5")


def test_a_share_of_memcpy_is_told_where_it_was_measured(result):
    assert result.share_of_copy.share("shared memory", 2**20) == 0.5
    assert result.share_of_copy.table().rows[0] == ("shared memory", "0.1", "0.5")
    with pytest.raises(ValueError, match="memcpy was not measured at 64 bytes"):
        dataclasses.replace(result, copies=((2**20, 1.6e10),)).share_of_copy.share("pipe", 64)


def test_results_are_frozen(result):
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.rounds = 4
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.points[0].rates = ()


def test_results_come_back_from_json(result, times):
    assert Throughput.from_json(result.to_json()) == result
    assert json.loads(result.to_json())["points"][0]["rates"] == [40e6, 50e6, 45e6]
    assert Latency.from_json(times.to_json()) == times
    here = dataclasses.replace(result, host=this_machine.fingerprint())
    assert Throughput.from_json(here.to_json()) == here


def test_a_report_comes_back_from_its_file(tmp_path, result, times):
    for report in (Report(result, times), Report(result)):
        report.save(tmp_path / "kept.json")
        assert Report.load(tmp_path / "kept.json") == report


@pytest.mark.parametrize(
    ("text", "words"), [("", "is no result"), ("[]", "is no result"), ("{}", "is no result"), ('{"format": 99}', "99")]
)
def test_a_file_of_something_else_is_refused(tmp_path, text, words):
    (tmp_path / "other.json").write_text(text)
    with pytest.raises(ValueError, match=words):
        Report.load(tmp_path / "other.json")


def test_the_table_has_a_row_for_each_size(result):
    table = dataclasses.replace(result, copies=()).table()
    assert table.headings == ("message", "shared memory, MB/s", "pipe, MB/s")
    assert table.rows == (("64 bytes", "45 (40–50)", "45 (25–80)"), ("1 MiB", "8,000 (1,000–9,000)", "450 (400–500)"))
    assert table.note == "median of 3 rounds (lowest–highest); pinned; a machine"
    assert result.table().headings[-1] == "memcpy, MB/s"
    assert [row[-1] for row in result.table().rows] == ["450", "16,000"]


def test_many_transports_have_a_row_each():
    points = [Point(name, size, 8, (1e6,)) for name in ("a", "b", "c", "d", "e") for size in (64, 128)]
    table = Throughput(tuple(points), **FACTS).table()
    assert table.headings == ("MB/s", "64 bytes", "128 bytes")
    assert [row[0] for row in table.rows] == ["a", "b", "c", "d", "e"]


def test_the_table_says_how_it_was_measured(result):
    told = repr(dataclasses.replace(result, pinned=False, batch=8, touched=True))
    assert "not pinned" in told and "8 messages a call" in told and "every byte touched" in told


def test_latency_is_told_in_microseconds(times):
    assert times.point("pipe", 64).within(0.0) == 2000
    assert times.point("pipe", 64).within(1.0) == 3000 * len(SHARES)  # the slowest of all rounds
    assert times.ratios("shared memory", "pipe", 64) == [3.0, 1.0]
    assert times.ratio("shared memory", "pipe", 64) == 2.0
    assert times.table().rows[0] == ("shared memory", "64 bytes", "5", "10", "12", "13")
    assert "a cache line there and back, from Python: 0.12 µs" in times.table().note


def test_two_results_are_compared_and_noise_is_no_difference(result):
    rates = {"pipe": (90e6, 95e6, 99e6), "shared memory": (41e6, 51e6, 46e6)}
    after = dataclasses.replace(
        result, host="another", points=tuple(Point(name, 64, 10, found) for name, found in rates.items())
    )
    table = Report(after).compared_with(Report(result)).table()
    assert [(row[0], *row[-2:]) for row in table.rows] == [("pipe", "2.11", "faster"), ("shared memory", "1.02", "")]
    assert "The two hosts, or the versions of shmlab, differ" in table.note
    assert (
        "not measured in the same way"
        in Report(dataclasses.replace(after, batch=9)).compared_with(Report(result)).table().note
    )


# The catalogue


def test_a_transport_is_chosen_by_name_or_family_in_any_case():
    assert chosen(["PIPE", " fifo"]) == ("pipe", "FIFO")
    assert chosen(["pipes"]) == ("pipe", "pipe of 1 MiB", "buffered pipe", "FIFO")
    assert chosen(["pipe", "pipes"])[0] == "pipe"
    assert chosen(["all"]) == available()
    with pytest.raises(ValueError, match="transport 'pigeon' is unknown: choose from shared memory"):
        chosen(["pigeon"])


def test_every_transport_has_its_facts_told():
    table = catalogue.table()
    assert [row[0] for row in table.rows] == list(TRANSPORTS)
    assert all(cell for row in table.rows for cell in row)
    assert not any("," in name for name in TRANSPORTS)  # the command line takes them so


def test_without_the_c_part_native_rings_are_missing(monkeypatch):
    monkeypatch.setattr("shmlab.primitives._native", None)
    assert "spinning ring" not in available()
    assert "POSIX ring in Python" in available()
    assert "compiler" in TRANSPORTS["spinning ring"].missing()
