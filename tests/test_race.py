import os

import pytest

from shmlab import primitives, race

two_processors = pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="a race needs two processors")


@pytest.mark.parametrize("protection", race.available())
def test_each_protection_is_a_program_of_its_own(protection):
    raced = race.program(protection, processes=3, increments=10)
    assert raced.processes == 3
    kind = "sysv" if protection == race.SYSV_SEMAPHORE else "posix"
    outcome = raced.run(ipc=kind)
    assert all(end.ok for end in outcome.exits)
    assert 10 <= outcome.values["counter"] <= 30
    assert outcome.ok == (outcome.values["counter"] == 30)


def test_a_race_has_a_row_for_each_protection_in_the_order_asked():
    protections = tuple(name for name in race.available() if name != race.OFF)
    raced = race.run(protections, increments=50, times=3, progress=False)
    assert tuple(row.protection for row in raced.rows) == protections
    assert {row.finals for row in raced.rows} == {(100, 100, 100)}
    assert all(len(row.elapsed_s) == 3 and min(row.elapsed_s) > 0 for row in raced.rows)


@two_processors
def test_without_protection_updates_are_lost():
    raced = race.run((race.OFF,), increments=100_000, times=3, pin=True, progress=False)
    assert min(raced.rows[0].finals) < raced.expected == 200_000


def test_the_table_says_what_was_lost():
    rows = (
        race.Row(race.OFF, (1500, 1200, 2000), (0.001, 0.003, 0.002)),
        race.Row(race.MUTEX, (2000, 2000, 2000), (0.004, 0.004, 0.004)),
    )
    text = repr(race.Race(2, 1000, rows))
    assert text.splitlines()[0] == "2 processes × 1,000 increments: 2,000 expected"
    assert text.splitlines()[2].split() == ["off", "3", "2", "1,200", "1,500", "2,000", "2"]
    assert text.splitlines()[3].split() == ["mutex", "3", "0", "2,000", "2,000", "2,000", "4"]


def test_an_unknown_protection_is_refused():
    with pytest.raises(ValueError, match="protection is 'hope': choose from off, POSIX semaphore"):
        race.program("hope")


@pytest.mark.parametrize(
    ("options", "words"), [({"times": 0}, "times"), ({"increments": -1}, "increments"), ({"processes": 0}, "processes")]
)
def test_impossible_numbers_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        race.run(**{"increments": 10, "times": 1, "progress": False} | options)


def test_without_the_c_part_atomics_are_not_offered(monkeypatch):
    monkeypatch.setattr(primitives, "_native", None)
    assert race.available() == tuple(name for name in race.PROTECTIONS if name != race.ATOMIC)
    with pytest.raises(NotImplementedError, match="no C compiler"):
        race.run((race.ATOMIC,), increments=10, times=1, progress=False)


def test_with_the_c_part_everything_is_offered():
    if primitives.native_atomics():
        assert race.available() == race.PROTECTIONS
