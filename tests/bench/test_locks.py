"""Locks under load: every figure is checked, what is asked for is measured, and what is missing is said."""

import needs
import pytest

from shmlab import plot
from shmlab.bench import LOCKS, Load, compare_locks, false_sharing, locks, spin_or_sleep
from shmlab.observe import c_programs


@needs.compiler
@pytest.mark.parametrize("load", [Load(1), Load(3), Load(2, one_cpu=True), Load(2, inside=500)], ids=str)
def test_each_lock_lets_processes_in_one_at_a_time(load):
    trials = compare_locks(loads=[load], rounds=1, progress=False).trials  # raises where two were in at once
    assert [trial.lock for trial in trials] == list(LOCKS)
    for trial in trials:
        ((*counts,),) = trial.came
        assert len(counts) == load.processes
        assert sum(counts) > 0
        assert trial.cpu_ns > 0
        assert 0 <= trial.smallest_share <= 100


@needs.compiler
def test_a_lock_that_lets_two_in_is_noticed(monkeypatch, tmp_path):
    broken = tmp_path / "broken.c"
    text = locks._SOURCE.read_text()
    broken.write_text(text.replace("all->counter = all->counter + 1;", "all->counter = all->counter + 2;"))
    monkeypatch.setattr(locks, "_SOURCE", broken)
    with pytest.raises(RuntimeError, match="test-and-set let two processes in at once"):
        compare_locks(["test-and-set"], [Load(1)], rounds=1, progress=False)


@needs.compiler
def test_counters_in_one_line_and_apart_are_all_counted():
    result = false_sharing((8, 128), rounds=2)
    assert {distance: len(totals) for distance, totals in result.totals.items()} == {8: 2, 128: 2}
    assert min(min(totals) for totals in result.totals.values()) > 0
    assert result.ratio > 0


@pytest.mark.parametrize("make", [compare_locks, spin_or_sleep, false_sharing])
def test_without_a_compiler_there_is_a_record_that_says_so(make, monkeypatch):
    monkeypatch.setattr(c_programs, "compiler", lambda: None)
    result = make()
    assert "recorded" in str(result)
    assert plot(result).get_label() == str(result)


def test_what_was_not_recorded_is_refused(monkeypatch):
    monkeypatch.setattr(c_programs, "compiler", lambda: None)
    with pytest.raises(NotImplementedError, match="there is no C compiler here, and no record"):
        compare_locks(["mcs"], [Load(17)])


def test_bad_input_names_the_choice():
    with pytest.raises(ValueError, match="choose from test-and-set"):
        compare_locks(["hope"])
    with pytest.raises(ValueError, match="a multiple of 8"):
        false_sharing((12,))
