"""What became of each frame: shown, shown again, dropped before the filter or the screen, never taken."""

import pytest

from shmlab.observe.pipeline_trace import pipeline_trace

MS = 1_000_000
TIMES = {
    "taken_ns": [11 * MS, 12 * MS, 13 * MS, 14 * MS, 0],
    "filtered_ns": [12 * MS, 0, 14 * MS, 15 * MS, 0],
    "due_ns": [10 * MS, 20 * MS, 30 * MS, 0],
    "woke_ns": [10 * MS, 21 * MS, 30 * MS, 0],
    "shown_ns": [10 * MS, 22 * MS, 31 * MS, 0],
    "frames": [0, 4, 4, 0],
}


def test_each_frame_has_its_fate():
    trace = pipeline_trace(**TIMES)
    assert [trace.fate(frame) for frame in range(1, 6)] == [
        "dropped before the screen",
        "dropped before the filter",
        "dropped before the screen",
        "shown at 2 ticks",
        "never taken",
    ]
    assert len(trace.ticks) == 3
    assert trace.ms(22 * MS) == 12.0
    assert trace.table().rows[3] == ("4", "4.0", "5.0", "12.0", "shown at 2 ticks")
    assert len(trace.table().rows) == 4


def test_a_long_trace_says_what_is_left_out():
    trace = pipeline_trace(**TIMES | {"taken_ns": [MS] * 40, "filtered_ns": [MS] * 40})
    assert trace.table().note == "the first 15 of 40 frames"


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="5 times of taking and 1 of filtering"):
        pipeline_trace(**TIMES | {"filtered_ns": [1]})
    with pytest.raises(ValueError, match="no tick was due"):
        pipeline_trace(**TIMES | {name: [] for name in ("due_ns", "woke_ns", "shown_ns", "frames")})
