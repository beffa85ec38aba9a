"""The name of a failure: proven by a repair of exactly that, and the same in each layout of the source."""

import importlib
import pathlib

import pytest
from cells import cell

from shmlab import Condition, Mutex, Program
from shmlab.explorer.diagnosis.names import EXPLAINED
from shmlab.explorer.diagnosis.waiting import KeptSignals
from shmlab.explorer.diagnosis.what_if import LONGEST

FILES = sorted(path.stem for path in (pathlib.Path(__file__).parents[1] / "named").glob("[a-z]*.py"))
CASES = {
    f"{file}: {name}": one
    for file in FILES
    for name, one in getattr(importlib.import_module(f"named.{file}"), "CASES", {}).items()
}


@pytest.mark.parametrize(("name", "layout"), [(name, layout) for name, one in CASES.items() for layout in one.layouts])
def test_the_name_is_right_in_each_layout(name, layout):
    one = CASES[name]
    verdict = one.check(layout)
    assert verdict.ok is False, verdict.sentence
    allowed = one.name if isinstance(one.name, tuple) else (one.name,)
    assert verdict.failure.diagnosis in allowed, verdict.table()


def test_each_name_has_programs_of_its_own():
    assert {one.name for one in CASES.values()} >= set(EXPLAINED)


@pytest.mark.parametrize("name", CASES)
def test_each_program_has_at_least_four_layouts(name):
    assert len(CASES[name].layouts) >= 4


READERS = """
def reads(shm, m, w):
    with m:
        shm.r += 1
        if shm.r == 1:
            w.acquire()
    with m:
        shm.r -= 1
        if shm.r == 0:
            w.release()
"""


def test_a_mutex_that_another_process_releases_gets_no_name():
    space = cell(READERS)
    program = Program(space["reads"], processes=2, shared={"r": 0}, sync={"m": Mutex(), "w": Mutex()})
    failure = program.check(progress=False).failure
    assert "mutex 'w' is not held by this process" in failure.sentence
    assert failure.diagnosis == ""


SIGNALS = """
def signals(m, changed):
    for _ in range(100):
        with m:
            changed.notify()

def waits(shm, m, changed):
    with m:
        while not shm.ready:
            changed.wait()
"""


def test_a_program_that_signals_again_and_again_is_tried_out_with_some_of_the_signals(monkeypatch):
    kept, follow = [], KeptSignals.follow

    def followed(*given):
        after, notes = follow(*given)
        kept.append(len(notes.kept))
        return after, notes

    monkeypatch.setattr(KeptSignals, "follow", followed)
    space = cell(SIGNALS)
    sync = {"m": Mutex(), "changed": Condition("m")}
    failure = Program([space["signals"], space["waits"]], shared={"ready": 0}, sync=sync).check(progress=False).failure
    assert (failure.kind, failure.diagnosis) == ("deadlock", "")
    assert max(kept) == LONGEST
