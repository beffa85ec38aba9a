"""Classical programs with known verdicts: the explorer must say of each what was derived by hand."""

import functools
import importlib
import inspect
import pathlib

import pytest

FILES = sorted(
    path.stem for path in (pathlib.Path(__file__).parents[1] / "shelf").glob("[a-z]*.py") if path.stem != "entry"
)
ENTRIES = [entry for name in FILES for entry in importlib.import_module(f"shelf.{name}").ENTRIES]
RIGHT = [entry for entry in ENTRIES if entry.ok]
WRONG = [entry for entry in ENTRIES if not entry.ok]


@functools.cache
def _verdict(number):
    entry = ENTRIES[number]
    return entry.make().check(memory=entry.memory, progress=False, **entry.terms)


def verdict_of(entry):
    return _verdict(ENTRIES.index(entry))


@pytest.mark.parametrize("entry", RIGHT, ids=str)
def test_right(entry):
    """Every interleaving is covered, and none fails."""
    verdict = verdict_of(entry)
    assert verdict.ok is True, verdict.sentence
    assert verdict.complete


@pytest.mark.parametrize("entry", WRONG, ids=str)
def test_wrong(entry):
    """It fails in the way that was derived, and the witness is proven smallest."""
    verdict = verdict_of(entry)
    assert verdict.ok is False
    assert verdict.failure.kind == entry.kind, verdict.sentence
    assert verdict.complete or entry.kind == "nondeterministic"
    if entry.preemptions is not None:
        assert verdict.witness.preemptions == entry.preemptions, verdict.table()


@pytest.mark.parametrize("entry", [entry for entry in WRONG if entry.diagnosis is not None], ids=str)
def test_diagnosis(entry):
    """The pattern behind the failure has its name, and where there is none, no name is given."""
    named = (entry.diagnosis,) if isinstance(entry.diagnosis, str) else entry.diagnosis
    assert verdict_of(entry).failure.diagnosis in named, verdict_of(entry).sentence


def test_entries_are_told_apart():
    """No two entries have one name, and no test is shadowed by another."""
    names = [str(entry) for entry in ENTRIES]
    assert len(names) == len(set(names))


def test_every_program_says_why():
    """Each program has a docstring of one sentence."""
    for make in {entry.make for entry in ENTRIES}:
        words = inspect.getdoc(make) or ""
        assert words.endswith(".") and "\n" not in words, make.__qualname__
