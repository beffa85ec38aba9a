import io
import itertools
import re
import subprocess
import sys

import matplotlib.figure
import matplotlib.text
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from shmlab import plot
from shmlab.bench.experiment import Point, Throughput
from shmlab.bench.one_way import Usage
from shmlab.bench.report import SHARES, Latency, Report, Trips
from shmlab.processes.exits import Exit
from shmlab.race import MUTEX, OFF, Race, Row
from shmlab.runs.outcome import Outcome, Outcomes
from shmlab.show import style
from shmlab.show.charts import curves
from shmlab.transports import DEFAULT, FAMILIES, TRANSPORTS

FINISHED = (Exit(0, None, "finished"),)


def outcomes(finals, good, name="counter"):
    """Outcomes of runs that ended with these values; those equal to `good` are ok."""
    made = (
        Outcome({name: final}, final == good, FINISHED, 0.001, "" if final == good else "lost", ("",), "posix")
        for final in finals
    )
    return Outcomes(made, "increment × 2")


def race(*rows):
    return Race(2, 1000, rows)


def row(protection, *finals):
    return Row(protection, finals, (0.001,) * len(finals))


def throughput():
    points = [
        Point(name, size, 8, (rate, 2 * rate, 3 * rate))
        for name, rate in (("shared memory", 4e8), ("pipe", 4.1e8), ("multiprocessing.Queue", 1e7))
        for size in (64, 2**14, 2**22)
    ]
    return Throughput(tuple(points), 3, True, "a machine")


def throughput_with_costs():
    """A Throughput of the three that everybody measures."""
    usages = (Usage(0.01, 20, 3),)
    points = [Point(name, size, 100, (1e8,), usages) for name in DEFAULT for size in (64, 2**20)]
    return Throughput(tuple(points), 1, True, "a machine")


def of_all(sizes_bytes=(64, 2**20)):
    """A Throughput of every transport there is."""
    usages = (Usage(0.01, 20, 3),) * 2
    points = [
        Point(name, size, 100, (1e7 * (index + 1), 1.1e7 * (index + 1)), usages)
        for index, name in enumerate(TRANSPORTS)
        for size in sizes_bytes
    ]
    return Throughput(tuple(points), 2, True, "a machine", tuple((size, 9e9) for size in sizes_bytes))


def times(names=DEFAULT):
    quantiles = tuple(1000.0 * 2**index for index in range(len(SHARES)))
    return Latency(tuple(Trips(name, 64, 500, (quantiles,) * 2) for name in names), 2, True, "a machine", 300.0)


PICTURES = {
    "few results": lambda: outcomes([4, 4, 3, 4, 2], 4),
    "one result": lambda: outcomes([4], 4),
    "many results": lambda: outcomes(range(40), 39),
    "many results of several fields": lambda: Outcomes(
        [Outcome({"a": n, "b": -n}, True, FINISHED, 0.1, "", ("",), "sysv") for n in range(20)], "walk"
    ),
    "no fields": lambda: Outcomes([Outcome({}, True, FINISHED, 0.1, "", ("",), "posix")], "nothing"),
    "long words": lambda: Outcomes(
        [Outcome({"row": [10**15] * 10}, False, FINISHED, 0.1, "no", ("",), "posix")], "fill"
    ),
    "race of one": lambda: race(row(OFF, 1500, 1200, 2000)),
    "race of one without a loss": lambda: race(row(MUTEX, 2000, 2000)),
    "race of nobody": lambda: Race(1, 0, (row(OFF, 0, 0),)),
    "race of two": lambda: race(row(OFF, 1500, 1200, 2000), row(MUTEX, 2000, 2000, 2000)),
    "throughput": throughput,
    "throughput of all": of_all,
    "cost": lambda: of_all().cost,
    "cost at one size": lambda: of_all((64,)).cost,
    "share of memcpy": lambda: of_all().share_of_copy,
    "latency": times,
    "latency of all": lambda: times(TRANSPORTS),
    "report": lambda: Report(of_all(), times(TRANSPORTS)),
    "report of few": lambda: Report(throughput_with_costs(), times()),
    "report without latency": lambda: Report(throughput()),
    "throughput of one size": lambda: Throughput((Point("pipe", 64, 8, (1e6,)),), 1, False, "a machine"),
}
every_picture = pytest.mark.parametrize("make", PICTURES.values(), ids=PICTURES)


@every_picture
def test_every_picture_can_be_saved(make):
    stream = io.BytesIO()
    plot(make()).savefig(stream, format="png")
    assert stream.getvalue().startswith(b"\x89PNG") and len(stream.getvalue()) > 5000


@every_picture
def test_every_picture_has_a_title_labels_and_its_words(make):
    result = make()
    figure = plot(result)
    assert isinstance(figure, matplotlib.figure.Figure)
    assert figure.get_label() == str(result.table()) != ""
    for axes in figure.axes:
        assert axes.get_title(loc="left")
        assert axes.get_xlabel()


@every_picture
def test_no_words_leave_the_picture(make):
    figure = plot(make())
    FigureCanvasAgg(figure).draw()
    width, height = figure.canvas.get_width_height()
    for axes in figure.axes:
        low, high = sorted(axes.get_ylim())
        shown = [label for label in axes.get_yticklabels() if low <= label.get_position()[1] <= high]
        for text in filter(matplotlib.text.Text.get_text, [*axes.texts, *shown, axes.xaxis.label, axes.yaxis.label]):
            box = text.get_window_extent()
            assert box.x0 >= -1 and box.x1 <= width + 1, f"{text} is cut at a side: {box}"
            assert box.y0 >= -1 and box.y1 <= height + 1, f"{text} is cut above or below: {box}"


def test_each_final_content_has_a_bar_as_long_as_its_runs():
    (axes,) = plot(outcomes([4, 4, 3, 4, 2], 4)).axes
    assert [bar.get_width() for bar in axes.patches] == [3, 1, 1]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["counter = 4", "✗ counter = 3", "✗ counter = 2"]
    assert [text.get_text().strip() for text in axes.texts] == ["3", "1", "1"]
    assert axes.get_title(loc="left") == "increment × 2: 2 of 5 runs failed"


def test_failed_bars_are_hatched_and_good_ones_are_not():
    (axes,) = plot(outcomes([4, 4, 3], 4)).axes
    assert [bool(bar.get_hatch()) for bar in axes.patches] == [False, True]


def test_bars_beyond_a_dozen_are_put_together():
    results = [Outcome({"a": n, "b": 0}, True, FINISHED, 0.1, "", ("",), "posix") for n in range(20)]
    (axes,) = plot(Outcomes(results, "walk")).axes
    assert [bar.get_width() for bar in axes.patches] == [1] * 12 + [8]


def test_results_put_together_are_not_all_said_to_have_failed():
    results = [Outcome({"a": n, "b": 0}, True, FINISHED, 0.1, "", ("",), "posix") for n in range(20)]
    (axes,) = plot(Outcomes(results, "walk")).axes
    assert [label.get_text() for label in axes.get_yticklabels() if "✗" in label.get_text()] == []


def test_many_different_numbers_become_a_histogram_of_all_runs():
    (axes,) = plot(outcomes([*range(40), 39, 39], 39)).axes
    assert sum(bar.get_height() for bar in axes.patches) == 42
    assert sum(bar.get_height() for bar in axes.patches if not bar.get_hatch()) == 3
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("final counter (hatched: failed)", "runs")


def test_each_run_of_a_race_is_a_mark():
    (axes,) = plot(race(row(OFF, 1500, 1200, 2000), row(MUTEX, 2000, 2000, 2000))).axes
    marks = [tuple(point) for cloud in axes.collections for point in cloud.get_offsets()]
    assert sorted(x for x, _ in marks) == [1200, 1500, 2000, 2000, 2000, 2000]
    assert sorted(round(y) for _, y in marks) == [0, 0, 0, 1, 1, 1]
    assert [label.get_text() for label in axes.get_yticklabels()] == [OFF, MUTEX]
    words = [text.get_text() for text in axes.texts]
    assert words == ["2 of 3 runs lost updates", "none of 3 lost any", "expected 2,000"]
    assert axes.get_title(loc="left") == "2 processes, 1,000 increments each, one shared counter"


def test_runs_that_lost_updates_have_a_colour_and_a_mark_of_their_own():
    (axes,) = plot(race(row(OFF, 1500, 2000), row(MUTEX, 2000, 2000))).axes
    lossy, good, *_ = (cloud for cloud in axes.collections if len(cloud.get_offsets()))
    assert matplotlib.colors.to_hex(lossy.get_edgecolor()[0]).lower() == style.ERROR.lower()
    assert lossy.get_paths()[0].vertices.tolist() != good.get_paths()[0].vertices.tolist()


def test_a_race_of_one_protection_shows_expected_against_got():
    bars, runs = plot(race(row(OFF, 1500, 1200, 1700))).axes
    assert {bar.get_width() for bar in bars.patches} == {1700, 2000}
    assert [text.get_text().strip() for text in bars.texts] == ["1,700", "2,000"]
    assert [label.get_text() for label in bars.get_yticklabels()] == ["got in the last run", "expected"]
    assert sum(bar.get_height() for bar in runs.patches) == 3
    assert runs.get_title(loc="left") == "3 of 3 runs lost updates"
    assert bars.get_title(loc="left") == "protection: off"


@pytest.mark.parametrize("finals", [[2000] * 5, [1999, 2000, 2000], [1200, 1500, 2000]])
def test_no_number_is_written_twice_below_the_runs_of_a_race(finals):
    figure = plot(race(row(MUTEX, *finals)))
    FigureCanvasAgg(figure).draw()
    written = [label.get_text() for label in figure.axes[1].get_xticklabels()]
    assert written and len(set(written)) == len(written)
    assert len(set(finals)) > 1 or written == ["2,000"]


def test_each_transport_is_a_curve_through_its_medians():
    result = throughput()
    (axes,) = plot(result).axes
    assert [list(line.get_ydata()) for line in axes.lines] == [[8e8] * 3, [8.2e8] * 3, [2e7] * 3]
    assert [list(line.get_xdata()) for line in axes.lines] == [[64, 2**14, 2**22]] * 3
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert [label.get_text() for label in axes.get_xticklabels()] == ["64 B", "16 KiB", "4 MiB"]
    assert {text.get_text() for text in axes.texts} >= set(result.transports)
    assert len(axes.collections) == 3  # a band for each


def test_curves_differ_in_more_than_colour():
    (axes,) = plot(throughput()).axes
    assert len({line.get_linestyle() for line in axes.lines}) == 3
    assert len({line.get_marker() for line in axes.lines}) == 3
    assert len({line.get_color() for line in axes.lines}) == 3


def test_names_at_the_ends_of_the_curves_do_not_cover_each_other():
    figure = plot(throughput())
    FigureCanvasAgg(figure).draw()
    names = [text for text in figure.axes[0].texts if text.get_text() in throughput().transports]
    boxes = sorted((text.get_window_extent() for text in names), key=lambda box: box.y0)
    assert all(lower.y1 <= upper.y0 for lower, upper in itertools.pairwise(boxes))


def test_the_picture_of_a_throughput_says_how_it_was_measured():
    words = " ".join(text.get_text() for text in plot(throughput()).axes[0].texts)
    assert "median of 3 rounds (band: lowest to highest); pinned; a machine" in words.replace("\n", " ")


def test_of_many_transports_one_of_each_family_stands_out_and_the_rest_is_grey():
    (axes,) = plot(of_all()).axes
    drawn = dict(zip([*TRANSPORTS, "memcpy"], sorted(axes.lines, key=lambda line: line.get_ydata()[0]), strict=True))
    coloured = [name for name, line in drawn.items() if line.get_color() != style.FAINT]
    assert {TRANSPORTS[name].family for name in coloured} == set(FAMILIES) and len(coloured) == len(FAMILIES)
    assert set(DEFAULT) <= set(coloured)  # whatever is measured, what everybody knows is seen
    looks = [(drawn[name].get_color(), drawn[name].get_marker()) for name in coloured]
    assert all(len(set(column)) == len(FAMILIES) for column in zip(*looks, strict=True))


@pytest.mark.parametrize("make", [of_all, lambda: of_all().share_of_copy])
def test_the_names_of_all_transports_do_not_cover_each_other(make):
    figure = plot(make())
    FigureCanvasAgg(figure).draw()
    names = [text for text in figure.axes[0].texts if text.get_text() in TRANSPORTS]
    assert len(names) == len(TRANSPORTS)
    boxes = sorted((matplotlib.text.Text.get_window_extent(text) for text in names), key=lambda box: box.y0)
    assert all(lower.y1 <= upper.y0 + 1 for lower, upper in itertools.pairwise(boxes))


@pytest.mark.parametrize(
    ("heights", "moved"),
    [
        ([], []),
        ([1], [1]),
        ([0, 5], [0, 5]),
        ([1, 1], [0.5, 1.5]),
        ([0, 0, 0], [-1, 0, 1]),
        ([0, 0.5, 9], [-0.25, 0.75, 9]),
    ],
)
def test_names_are_moved_apart_as_little_as_can_be(heights, moved):
    assert curves.apart(heights, 1) == pytest.approx(moved)


def test_each_transport_has_a_row_with_its_round_trips():
    (axes,) = plot(times()).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == list(DEFAULT)
    middle = SHARES.index(0.5)
    half = f"{2**middle}"
    assert [text.get_text() for text in axes.texts][:-1] == [half] * 3 + ["a cache line alone, from Python"]


def test_costs_are_told_at_the_shortest_and_the_longest_messages():
    titles = [axes.get_title(loc="left") for axes in plot(of_all((64, 4096, 2**20)).cost).axes]
    assert titles == ["What 64 B cost", "What 1 MiB cost"]


def test_a_report_says_in_one_sentence_what_it_found():
    figure = plot(Report(of_all(), times(TRANSPORTS)))
    told = f"{1 / 7:.2g} times as much at"
    assert figure.get_suptitle() == f"Shared memory carries {told} 64 bytes and {told} 1 MiB as a pipe does"
    assert len(figure.axes) == 3
    only = Throughput((Point("pipe", 64, 8, (1e6,), (Usage(0.1, 0, 0),)),), 1, True, "a machine")
    assert plot(Report(only, times(("pipe",)))).get_suptitle() == "Messages from one process to another"


@pytest.mark.parametrize("thing", [3, None, "race", [1, 2], outcomes([1], 1)[0]])
def test_anything_else_is_a_type_error(thing):
    with pytest.raises(TypeError, match=f"{type(thing).__name__} cannot be drawn: plot takes AddressSpaces"):
        plot(thing)


def test_the_look_of_other_figures_is_left_alone():
    before = dict(matplotlib.rcParams)
    plot(throughput())
    assert dict(matplotlib.rcParams) == before


def test_nothing_is_drawn_with_pyplot():
    code = """
import sys
from shmlab import plot, race
plot(race.Race(2, 10, (race.Row("off", (20,), (0.1,)),)))
print("matplotlib.pyplot" in sys.modules)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout == "False\n"


def test_process_colours_are_different_and_none_is_the_error():
    assert len({colour.lower() for colour in style.PROCESS_COLOURS}) == len(style.PROCESS_COLOURS)
    assert style.ERROR not in style.PROCESS_COLOURS
    assert all(re.fullmatch("#[0-9A-F]{6}", colour) for colour in (*style.PROCESS_COLOURS, style.ERROR))
    assert len(style.MARKERS) == len(style.LINES) == len(style.PROCESS_COLOURS)
