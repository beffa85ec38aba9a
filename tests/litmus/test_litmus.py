"""Litmus tests: their text, what models say of them, and their rounds on this machine."""

import os
import platform

import needs
import pytest

from shmlab.litmus import IRIW, MP, PETERSON, SB, SB_FENCES, STANDARD, Litmus, beside, hardware

on_x86 = pytest.mark.skipif(platform.machine() not in ("x86_64", "i686"), reason="the rule is about x86")
ROUNDS = 20_000

# As in the paper (TSO), by the definition of SC, and by the rule that PSO lets stores to two places change places.
ALLOWED = {
    "SB": "tso pso",
    "SB, fences": "",
    "n6": "tso pso",
    "MP": "pso",
    "LB": "",
    "WRC": "",
    "IRIW": "",
    "n5": "",
}


@pytest.fixture
def no_compiler(monkeypatch, tmp_path):
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.parametrize("litmus", STANDARD, ids=lambda one: one.name)
@pytest.mark.parametrize("memory", ["sc", "tso", "pso"])
def test_models_say_what_the_paper_says(litmus, memory):
    verdict = litmus.check(memory)
    assert (verdict.ok, verdict.complete) == (memory not in ALLOWED[litmus.name].split(), True)


def test_a_witness_shows_the_statements():
    table = str(SB.check("tso").table())
    assert "shm.x = 1" in table and "into its buffer" in table


def test_release_and_acquire_are_statements():
    released = ("x = 1; store_release(y, 1)", "r0 = load_acquire(y); r1 = x")
    assert Litmus("MP, released", released, "r0 = 1, r1 = 0").check("pso").ok
    weak = ("store_release(x, 1); r0 = load_acquire(y)", "store_release(y, 1); r1 = load_acquire(x)")
    assert not Litmus("SB, released", weak, "r0 = 0, r1 = 0").check("tso").ok


@pytest.mark.parametrize(
    ("processes", "asked", "words"),
    [
        (["x = 4"], "x = 1", "is no statement"),
        (["x = y"], "x = 1", "is no statement"),
        (["x = 1;"], "x = 1", "is no statement"),
        (["x = 1"], "r0 = 1", "asked about r0"),
        (["x = 1"], "x == 1", "write it as"),
        (["r0 = x; r0 = y"], "r0 = 1", "filled twice"),
        (["x = 1"] * 5, "x = 1", "1 to 4 processes"),
    ],
)
def test_what_is_no_litmus_test_is_told(processes, asked, words):
    with pytest.raises(ValueError, match=words):
        Litmus("mine", processes, asked)


@needs.compiler
@pytest.mark.parametrize("litmus", [SB, MP, IRIW, PETERSON], ids=lambda one: one.name)
def test_rounds_are_counted_by_how_they_end(litmus):
    found = litmus.run(ROUNDS, seconds=0.3)
    assert 0 < found.rounds <= ROUNDS
    assert found.rounds == sum(found.counts.values())
    assert all(len(numbers) == len(litmus.watched) for numbers in found.counts)
    assert 0 <= found.seen <= found.rounds
    assert "Compiled and run here and now" in str(found)


@needs.compiler
@on_x86
@pytest.mark.parametrize("litmus", STANDARD, ids=lambda one: one.name)
def test_x86_shows_nothing_that_tso_forbids(litmus):
    if litmus.check("tso").ok:
        assert litmus.run(ROUNDS, seconds=0.3).seen == 0


@needs.compiler
def test_a_fence_forbids_it_on_any_machine():
    assert SB_FENCES.run(ROUNDS, seconds=0.3).seen == 0


@needs.compiler
def test_one_processor_shows_only_what_turns_can():
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        found = SB.run(ROUNDS, seconds=0.3)
    finally:
        os.sched_setaffinity(0, allowed)
    assert found.rounds > 0
    assert found.seen == 0
    assert "1 processor" in found.source


@needs.compiler
def test_places_are_looked_at_too():
    last = Litmus("last", ["x = 1; x = 2", "r0 = x"], "x = 1").run(ROUNDS, seconds=0.3)
    assert last.seen == 0
    assert {numbers[1] for numbers in last.counts} == {2}


def test_without_a_compiler_the_record_is_shown(no_compiler):
    found = SB.run()
    assert found.seen > 0
    assert str(found).endswith("There is no C compiler here: recorded on x86-64, 2 processors, in a virtual machine.")


def test_without_a_compiler_and_a_record_it_says_so(no_compiler):
    with pytest.raises(NotImplementedError, match="of mine nothing was recorded"):
        Litmus("mine", ["x = 1"], "x = 0").run()


def test_everything_that_lessons_run_is_recorded(no_compiler):
    for litmus in (*STANDARD, PETERSON):
        assert litmus.run().rounds > 100_000
        assert litmus.run().seen == 0 or not litmus.check("tso").ok


def test_an_end_that_never_came_has_a_row(no_compiler):
    assert ("r0 = 1, r1 = 0", "0", "← asked about") in MP.run().table().rows


def test_models_stand_beside_the_machine(no_compiler):
    table = beside([SB, MP]).table()
    assert [row[:1] + row[3:7] for row in table.rows] == [
        ("SB", "never", "yes", "yes", "yes"),
        ("MP", "never", "never", "yes", "yes"),
    ]


def test_the_whole_program_can_be_read():
    text = hardware.source(SB)
    assert text.count("static void P0(struct cell *cell)") == 1
    assert "store(&cell->x, 1);\n    int r0 = load(&cell->y);" in text
