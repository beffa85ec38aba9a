"""The name of a failure: proven by a repair of exactly that, and the same in each layout of the source."""

import importlib
import pathlib

import pytest
from cells import cell

from shmlab import Mutex, Program
from shmlab.explorer.diagnosis.names import EXPLAINED

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
