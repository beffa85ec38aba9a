"""The pictures of a video pipeline show what is in the results."""

import numpy as np

from shmlab.bench import inversion
from shmlab.bench.ticking import Ticking
from shmlab.observe.pipeline_trace import pipeline_trace
from shmlab.show.charts import video

MS = 1_000_000


def words(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_ages_have_a_line_for_each_rule():
    (axes,) = video.draw_ages({"every frame": {0: 8.0, 1: 12.0}, "the newest": {1: 9.0}}).axes
    assert [list(line.get_ydata()) for line in axes.lines] == [[8.0, 12.0], [9.0]]


def test_a_dropped_frame_ends_in_a_cross_and_a_repeat_is_marked():
    trace = pipeline_trace(
        [11 * MS, 12 * MS, 13 * MS], [12 * MS, 0, 14 * MS], *3 * [[10 * MS, 20 * MS, 30 * MS]], [0, 3, 3]
    )
    figure = video.draw_pipeline(trace)
    (axes,) = figure.axes
    crosses = [(line.get_xdata()[0], line.get_ydata()[0]) for line in axes.lines if line.get_marker() == "x"]
    assert crosses == [(2.0, video.FILTER), (2.0, video.CAMERA)]
    assert words(figure) == ["1", "2", "3", "–", "3", "=3"]


def test_late_ticks_have_a_line_for_each_way():
    (axes,) = video.draw_ticking(Ticking({"alone": (100.0, 200.0), "busy": (0.0, 4000.0)})).axes
    assert [list(line.get_ydata()) for line in axes.lines] == [[0.1, 0.2], [0.001, 4.0]]


def test_low_is_interrupted_where_medium_computes():
    record = inversion._recorded("here")
    plain, inherits = video.draw_inversion(record).axes
    assert len(plain.patches) == 4  # low twice, medium, and the wait of high
    assert len(inherits.patches) == 3


def test_slots_are_drawn_side_by_side():
    figure = video.draw_slots(["back", "front"], [np.zeros((2, 3), np.uint8)] * 2)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["back", "front"]
