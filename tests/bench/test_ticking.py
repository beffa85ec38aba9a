"""Late ticks: as many as were asked for, never early; what is refused comes from a record."""

import errno

import pytest

from shmlab.bench import ticking as module
from shmlab.bench.ticking import ALONE, BUSY, REAL_TIME, ticking


def test_no_tick_comes_early():
    result = ticking(ticks=5, period_ms=2)
    assert list(result.late_us) == [ALONE, BUSY, REAL_TIME]
    assert [len(result.late_us[how]) for how in (ALONE, BUSY)] == [5, 5]
    assert min(map(min, result.late_us.values())) >= 0
    assert len(result.table().rows) == 3


def test_where_real_time_is_refused_there_is_a_record(monkeypatch):
    def refuse(*_):
        raise PermissionError(errno.EPERM, "not you")

    monkeypatch.setattr(module.os, "sched_setscheduler", refuse)
    assert module._late_us(2, 1000, 0, True) == "not you"
    monkeypatch.setattr(module, "start", lambda *_, **__: Answer({ALONE: [1.0], BUSY: [2.0], REAL_TIME: "not you"}))
    result = ticking(ticks=1)
    assert result.late_us[REAL_TIME] == module._RECORDED_US
    assert result.note.startswith("SCHED_FIFO is refused here (not you)")


class Answer:
    def __init__(self, result):
        self.result = lambda: result


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="ticks is 0"):
        ticking(ticks=0)
    with pytest.raises(ValueError, match="period_ms is 0"):
        ticking(period_ms=0)
