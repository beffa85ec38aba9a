"""The comparison: all that is here is measured and verified; what is missing is told, and what was recorded of it."""

import pytest

from shmlab.cache import comparison, recorded, rivals
from shmlab.cache.comparison import compare_caches


def test_what_is_here_is_measured_and_what_is_missing_is_told():
    found = compare_caches(sizes=(64,), gets=20, rounds=2)
    assert {kind.name for kind in rivals.RIVALS} == {*found.caches} | {*found.missing}
    assert {"our shared cache", "a dict in each process", "multiprocessing.Manager"} <= {*found.caches}
    assert found.ratios("our shared cache", 64) == [1, 1]
    text = str(found)
    for name, why in found.missing.items():
        assert f"not measured: {why}" in text
        assert f"{name} ({recorded.TIMES[name][0]})" in text


def test_a_missing_library_is_named(monkeypatch):
    monkeypatch.setattr(rivals.DiskCache, "library", "no_such_library")
    assert rivals.DiskCache.missing() == "the Python package no_such_library is not installed"


class Forgetful(rivals.Rival):
    name = "forgetful"

    def connect(self):
        return (lambda key: b""), (lambda key, value: None)


def test_a_cache_that_gives_back_something_else_is_not_measured(monkeypatch):
    monkeypatch.setattr(comparison, "RIVALS", [Forgetful])
    with pytest.raises(ValueError, match="forgetful does not give back what was stored"):
        comparison._measured(".", (8,), 5, 1)


class Absent(rivals._Server):
    name = "absent"
    program = "false"

    def connect(self):
        raise ConnectionRefusedError("nobody there")


def test_a_server_that_does_not_start_is_told(monkeypatch):
    monkeypatch.setattr(comparison, "RIVALS", [rivals.OwnDict, Absent])
    times, missing = comparison._measured(".", (8,), 5, 1)
    assert [name for name, _ in times] == ["a dict in each process"]
    assert "false did not start: nobody there" in missing["absent"]
