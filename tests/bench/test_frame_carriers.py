"""Frames carried by each carrier: all come as they were sent, damage is noticed, and the ratio is what it says."""

import numpy as np
import pytest

from shmlab.bench import frame_carriers
from shmlab.bench.frame_carriers import CARRIERS, CarrierTimes, compare_carriers


def test_each_carrier_carries_frames_of_each_shape():
    shapes = (3, 4), (2, 5, 3)
    times = compare_carriers(shapes, rounds=2, frames=2)
    assert list(times.times_us) == [(carrier, shape) for shape in shapes for carrier in CARRIERS]
    assert all(len(rounds) == 2 and min(rounds) > 0 for rounds in times.times_us.values())
    assert "2 × 5 × 3" in str(times)


def test_the_ratio_is_that_of_the_medians():
    times = CarrierTimes({(CARRIERS[0], (1,)): (1.0, 2.0, 9.0), ("pipe", (1,)): (4.0, 6.0, 5.0)})
    assert times.ratio("pipe", (1,)) == 2.5


def test_a_frame_that_comes_damaged_is_noticed(monkeypatch):
    monkeypatch.setattr(np, "invert", np.negative)
    with pytest.raises(RuntimeError, match="frame 0 did not arrive as it was sent"):
        frame_carriers._round("pipe", (3, 4), 2)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="rounds is 0"):
        compare_carriers(rounds=0)
    with pytest.raises(ValueError, match="choose one of shared memory, pipe"):
        frame_carriers._round("pigeon", (3, 4), 2)
