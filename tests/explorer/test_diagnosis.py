"""The name of a failure: proven by a repair of exactly that, and the same in each layout of the source."""

import importlib
import pathlib

import pytest

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
